package awsidentity

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// users names what rests on an identity: PeeredClusters, and VPCPeerings that it
// admits or once admitted. One that was never admitted can't hold its deletion.
func (r *Reconciler) users(ctx context.Context, object *v1alpha1.AWSIdentity) ([]string, error) {
	var clusters v1alpha1.PeeredClusterList
	if err := r.List(ctx, &clusters); err != nil {
		return nil, fmt.Errorf("listing PeeredClusters: %w", err)
	}
	var peerings v1alpha1.VPCPeeringList
	if err := r.List(ctx, &peerings); err != nil {
		return nil, fmt.Errorf("listing VPCPeerings: %w", err)
	}
	byName := map[string]*v1alpha1.PeeredCluster{}
	var users []string
	for i := range clusters.Items {
		cluster := &clusters.Items[i]
		byName[cluster.Name] = cluster
		if named(cluster.Spec.IdentityRef) == object.Name {
			users = append(users, "PeeredCluster "+cluster.Name)
		}
	}
	for i := range peerings.Items {
		uses, err := r.uses(ctx, &peerings.Items[i], object, byName)
		if err != nil {
			return nil, err
		}
		if uses {
			users = append(users, "VPCPeering "+peerings.Items[i].Namespace+"/"+peerings.Items[i].Name)
		}
	}
	slices.Sort(users)
	return users, nil
}

func (r *Reconciler) uses(ctx context.Context, peering *v1alpha1.VPCPeering, object *v1alpha1.AWSIdentity, clusters map[string]*v1alpha1.PeeredCluster) (bool, error) {
	for _, pinned := range []*v1alpha1.SideStatus{peering.Status.Requester, peering.Status.Accepter} {
		if pinned != nil && pinned.Identity == object.Name {
			return true, nil
		}
	}
	if sideIdentity(peering.Spec.Requester, clusters) != object.Name && sideIdentity(peering.Spec.Accepter, clusters) != object.Name {
		return false, nil
	}
	namespace := &corev1.Namespace{}
	if err := r.Get(ctx, types.NamespacedName{Name: peering.Namespace}, namespace); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	admitted, err := object.Spec.AllowedNamespaces.Admits(namespace.Name, namespace.Labels)
	return admitted && err == nil, nil
}

// sideIdentity is the identity that a side would act through: its own, else the
// first that its clusters name, else the default.
func sideIdentity(side v1alpha1.VPCPeeringSide, clusters map[string]*v1alpha1.PeeredCluster) string {
	if side.IdentityRef != nil {
		return side.IdentityRef.Name
	}
	for _, ref := range side.ClusterRefs {
		if cluster := clusters[ref.Name]; cluster != nil && cluster.Spec.IdentityRef != nil {
			return cluster.Spec.IdentityRef.Name
		}
	}
	return v1alpha1.DefaultName
}

func named(ref *v1alpha1.LocalName) string {
	if ref == nil {
		return v1alpha1.DefaultName
	}
	return ref.Name
}
