package firstrun

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// prove looks in both accounts and clusters for anything that this installation made, and names what is left.
func (r *run) prove(ctx context.Context) error {
	r.title("Is anything left?")
	root := view.Item{Name: "Installation " + r.InstallationID}
	for _, s := range r.sides() {
		place := view.Item{Name: s.Name}
		for _, look := range []struct {
			name string
			left func(context.Context) ([]string, error)
		}{
			{"Connections, routes and group rules with our tag", r.leftInAWS(s)},
			{"CiliumNodeConfigs and cordons of ours", s.leftInCluster},
			{"Cluster roles and CRDs", s.leftOfInstall},
		} {
			place.Items = append(place.Items, judge(ctx, look.name, look.left))
		}
		place.State = view.Worst(place.Items)
		root.Items = append(root.Items, place)
	}
	root.State = view.Worst(root.Items)
	if err := r.paper().Write(r.out, root); err != nil {
		return err
	}
	if root.State != view.Good {
		return errors.New("the above is left")
	}
	r.say("Nothing is left. AWS shows a deleted connection for some hours as deleted; it is gone all the same.")
	return nil
}

func judge(ctx context.Context, name string, look func(context.Context) ([]string, error)) view.Item {
	left, err := look(ctx)
	switch {
	case err != nil:
		return view.Item{Name: name, State: view.Unknown, Message: fmt.Sprintf("It cannot be read: %v.", err)}
	case len(left) > 0:
		return view.Item{Name: name, State: view.Bad, Message: "Left: " + strings.Join(left, ", ") + "."}
	}
	return view.Item{Name: name, State: view.Good, Message: "None."}
}

func (r *run) leftInAWS(s *side) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		if err := s.readNetwork(ctx, aws.VPCs|aws.Connections|aws.RouteTables|aws.Groups, nil); err != nil {
			return nil, err
		}
		var groups []string
		for _, group := range s.seen.network.Groups {
			groups = append(groups, group.ID)
		}
		if err := s.readNetwork(ctx, aws.Rules, groups); err != nil {
			return nil, err
		}
		return owned(s.seen.network, r.InstallationID), nil
	}
}

// owned names what carries our tag, and routes to connections that do.
func owned(network peering.SideSnapshot, installation string) []string {
	var left []string
	ours := map[string]bool{}
	for _, c := range network.Connections {
		if ours[c.ID] = c.Tags[v1alpha1.TagManagedBy] == installation; ours[c.ID] && !gone(c.State) {
			left = append(left, c.ID)
		}
	}
	for _, rule := range network.Rules {
		if rule.Tags[v1alpha1.TagManagedBy] == installation {
			left = append(left, rule.ID)
		}
	}
	for _, table := range network.RouteTables {
		for _, route := range table.Routes {
			if ours[route.Target] {
				left = append(left, fmt.Sprintf("route %s of %s", route.Destination, table.ID))
			}
		}
	}
	return left
}

// gone are states that AWS shows for a while and that nothing leads out of.
func gone(state peering.ConnectionState) bool {
	switch state {
	case peering.StateDeleted, peering.StateDeleting, peering.StateRejected, peering.StateExpired, peering.StateFailed:
		return true
	}
	return false
}

func (s *side) leftInCluster(ctx context.Context) ([]string, error) {
	var left []string
	configs := &unstructured.UnstructuredList{}
	for _, version := range []string{"v2", "v2alpha1"} {
		configs.SetGroupVersionKind(schema.GroupVersionKind{Group: "cilium.io", Version: version, Kind: "CiliumNodeConfigList"})
		err := s.kube.List(ctx, configs, client.MatchingLabels{cilium.LabelManagedBy: cilium.ManagedBy})
		if ignoreMissing(err) != nil {
			return nil, err
		}
		if err == nil {
			break
		}
	}
	for _, config := range configs.Items {
		left = append(left, "CiliumNodeConfig "+config.GetName())
	}
	nodes := &corev1.NodeList{}
	if err := s.kube.List(ctx, nodes); err != nil {
		return nil, err
	}
	for _, node := range nodes.Items {
		if _, ours := node.Annotations[v1alpha1.AnnotationRollout]; ours {
			left = append(left, "node "+node.Name+" (annotation "+v1alpha1.AnnotationRollout+")")
		}
	}
	return left, nil
}

// leftOfInstall waits a little: namespaces and CRDs go some seconds after kubectl said so.
func (s *side) leftOfInstall(ctx context.Context) (left []string, err error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; {
		if left, err = s.installObjects(ctx); len(left) == 0 || err != nil || time.Now().After(deadline) {
			return left, err
		}
		select {
		case <-ctx.Done():
			return left, ctx.Err()
		case <-tick.C:
		}
	}
}

func (s *side) installObjects(ctx context.Context) ([]string, error) {
	crd := &unstructured.Unstructured{}
	crd.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	var left []string
	for _, look := range []struct {
		object client.Object
		name   string
	}{
		{&rbacv1.ClusterRole{}, "crossvpc-cluster"}, {&corev1.Namespace{}, systemNamespace}, {&corev1.Namespace{}, "crossvpc-probe"},
		{crd, "vpcpeerings." + v1alpha1.GroupVersion.Group},
	} {
		there, err := exists(s, look.object, client.ObjectKey{Name: look.name})(ctx)
		if err != nil {
			return nil, err
		}
		if there {
			left = append(left, look.name)
		}
	}
	return left, nil
}
