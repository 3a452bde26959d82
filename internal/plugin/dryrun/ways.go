package dryrun

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
)

// ways reach clusters as whoever asks does: by a context of his kubeconfig, or by his own AWS credentials.
type ways struct {
	kubeconfig clientcmdapi.Config
	// hub is how the hub is reached, with all that the flags say.
	hub *rest.Config
	// as is whom he acts as instead of himself, in every cluster.
	as rest.ImpersonationConfig
	// contexts are those that were named for a cluster.
	contexts map[string]string
	eks      access.Way
}

// Takes implements access.Way.
func (ways) Takes(v1alpha1.ClusterAccess) bool { return true }

// Forget implements access.Way.
func (w ways) Forget(name string) { w.eks.Forget(name) }

// Access implements access.Way.
func (w ways) Access(ctx context.Context, object *v1alpha1.PeeredCluster) (*access.Access, error) {
	found, err := w.own(ctx, object)
	if err != nil || w.as.UserName == "" {
		return found, err
	}
	limited := *found
	limited.Config = rest.CopyConfig(found.Config)
	limited.Config.Impersonate = w.as
	return &limited, nil
}

// own is how he reaches it himself: by the context that was named, else as the hub where it is the same cluster, else
// by a context of the cluster's own name.
func (w ways) own(ctx context.Context, object *v1alpha1.PeeredCluster) (*access.Access, error) {
	named := w.contexts[object.Name]
	_, known := w.kubeconfig.Contexts[object.Name]
	switch {
	case named != "":
		return w.byContext(named)
	case object.Spec.Access.Local != nil && w.hub != nil:
		return &access.Access{Config: rest.CopyConfig(w.hub), Source: "the hub", Explain: explain("The cluster that crossvpc runs in")}, nil
	case known:
		return w.byContext(object.Name)
	case object.Spec.Access.EKS != nil:
		return w.eks.Access(ctx, object)
	}
	return nil, access.Errorf(v1alpha1.ReasonInvalidKubeConfig, nil,
		"Your kubeconfig has no context %s. Name the one of PeeredCluster %s with --cluster-context %[2]s=CONTEXT.", object.Name, object.Name)
}

func (w ways) byContext(name string) (*access.Access, error) {
	if _, known := w.kubeconfig.Contexts[name]; !known {
		return nil, access.Errorf(v1alpha1.ReasonInvalidKubeConfig, nil, "Your kubeconfig has no context %q.", name)
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(w.kubeconfig, name, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	if err != nil {
		return nil, access.Errorf(v1alpha1.ReasonInvalidKubeConfig, err, "The context %s of your kubeconfig cannot be used: %v.", name, err)
	}
	return &access.Access{Config: config, Source: "context " + name, Explain: explain("Context " + name)}, nil
}

func explain(way string) func(access.Failure) *access.Error {
	return func(f access.Failure) *access.Error {
		if !slices.Contains([]access.Problem{access.Unauthorized, access.Forbidden}, f.Problem) {
			return nil
		}
		said := "it does not accept your credentials"
		if f.Said != "" {
			said = f.Said
		}
		return access.Errorf(v1alpha1.ReasonClusterUnreachable, f.Cause, "%s", fmt.Sprintf("%s (%s): %s. Log in again, or ask for that right.", way, f.Server, said))
	}
}
