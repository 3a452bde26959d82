package firstrun

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// remove deletes an object of the hub and waits until it is gone. Its finalizer takes minutes, and longer where a cluster does not
// answer, so what it says meanwhile is said here.
func (r *run) remove(n named) []command {
	args := []string{"delete", "--ignore-not-found", "--wait=false", n.kubectlName()}
	wait := []string{"kubectl", "--context", r.hub.Context, "wait", "--for=delete", "--timeout=" + message.Duration(r.Patience), n.kubectlName()}
	if n.key.Namespace != "" {
		args, wait = append(args, "-n", n.key.Namespace), append(wait, "-n", n.key.Namespace)
	}
	return []command{
		r.whileThere(n, r.kubectl(r.hub, args...)),
		{shown: shell(wait), do: func(ctx context.Context) error { return r.until(ctx, r.isGone(n)) }},
	}
}

func (r *run) isGone(n named) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		there, err := exists(r.hub, n.object, n.key)(ctx)
		if err != nil || !there {
			return !there, "", err
		}
		return false, fmt.Sprintf("%s is being deleted. %s", n, n.says()), nil
	}
}

// whileThere runs a command only while an object is there, and its kind: what is gone already is undone.
func (r *run) whileThere(n named, c command) command {
	do := c.do
	c.do = func(ctx context.Context) error {
		there, err := exists(r.hub, n.object, n.key)(ctx)
		if err != nil || !there {
			return err
		}
		return do(ctx)
	}
	return c
}

// says is what the object's status says, as it was read last.
func (n named) says() string {
	switch object := n.object.(type) {
	case *v1alpha1.VPCPeering:
		return view.Head(object).Message
	case *v1alpha1.PeeredCluster:
		return view.Cluster(object).Message
	case *v1alpha1.AWSIdentity:
		return view.Identity(object).Message
	}
	return ""
}

// living reads an object of the hub, for a step that needs it to stay.
func (r *run) living(ctx context.Context, n named) error {
	if err := r.hub.kube.Get(ctx, n.key, n.object); err != nil {
		return fmt.Errorf("reading %s: %w", n, err)
	}
	if n.object.GetDeletionTimestamp() != nil {
		return stuck(fmt.Sprintf("%s is being deleted, by an undo that was interrupted or by somebody else. %s Wait until it is gone, or go on with the undo: make first-run UNDO=last", n, n.says()))
	}
	return nil
}

func theIdentity(name string) named {
	return named{"AWSIdentity", &v1alpha1.AWSIdentity{}, client.ObjectKey{Name: name}}
}

func theCluster(name string) named {
	return named{"PeeredCluster", &v1alpha1.PeeredCluster{}, client.ObjectKey{Name: name}}
}

func thePeering(namespace, name string) named {
	return named{"VPCPeering", &v1alpha1.VPCPeering{}, client.ObjectKey{Namespace: namespace, Name: name}}
}
