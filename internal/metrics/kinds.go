package metrics

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Object is one of our three kinds.
type Object interface {
	client.Object
	// StatusConditions points at the conditions in status.
	StatusConditions() *[]metav1.Condition
}

// Kinds lists the kinds by name.
func Kinds() []string { return []string{"VPCPeering", "PeeredCluster", "AWSIdentity"} }

// cached are all our objects. They are the cache's own and must not be changed.
type cached struct {
	peerings   v1alpha1.VPCPeeringList
	clusters   v1alpha1.PeeredClusterList
	identities v1alpha1.AWSIdentityList
}

func (c *cached) read(ctx context.Context, reader client.Reader) error {
	for _, list := range []client.ObjectList{&c.peerings, &c.clusters, &c.identities} {
		if err := reader.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return err
		}
	}
	return nil
}

// of are the objects of a kind.
func (c *cached) of(kind string) []Object {
	switch kind {
	case "VPCPeering":
		return objectsOf[v1alpha1.VPCPeering](c.peerings.Items)
	case "PeeredCluster":
		return objectsOf[v1alpha1.PeeredCluster](c.clusters.Items)
	default:
		return objectsOf[v1alpha1.AWSIdentity](c.identities.Items)
	}
}

func objectsOf[T any, P interface {
	*T
	Object
}](items []T) []Object {
	all := make([]Object, 0, len(items))
	for i := range items {
		all = append(all, P(&items[i]))
	}
	return all
}

// emptyLike is an empty object of the same kind.
func emptyLike(object Object) Object {
	switch object.(type) {
	case *v1alpha1.VPCPeering:
		return &v1alpha1.VPCPeering{}
	case *v1alpha1.PeeredCluster:
		return &v1alpha1.PeeredCluster{}
	default:
		return &v1alpha1.AWSIdentity{}
	}
}
