package awsidentity

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// users names what rests on an identity: PeeredClusters that count, and VPCPeerings that it
// admits or once admitted. One that was never admitted cannot hold its deletion.
func (r *Reconciler) users(ctx context.Context, identity *v1alpha1.AWSIdentity, counts func(*v1alpha1.PeeredCluster) bool) (users object.Users, err error) {
	var clusters v1alpha1.PeeredClusterList
	if err := r.List(ctx, &clusters); err != nil {
		return users, fmt.Errorf("listing PeeredClusters: %w", err)
	}
	var peerings v1alpha1.VPCPeeringList
	if err := r.List(ctx, &peerings, client.UnsafeDisableDeepCopy); err != nil {
		return users, fmt.Errorf("listing VPCPeerings: %w", err)
	}
	byName := map[string]*v1alpha1.PeeredCluster{}
	for i := range clusters.Items {
		cluster := &clusters.Items[i]
		byName[cluster.Name] = cluster
		if object.IdentityName(cluster.Spec.IdentityRef) == identity.Name && counts(cluster) {
			users.Add(cluster, "PeeredCluster "+cluster.Name)
		}
	}
	for i := range peerings.Items {
		peering := &peerings.Items[i]
		uses, err := r.uses(ctx, peering, identity, byName)
		if err != nil {
			return users, err
		}
		if uses {
			users.Add(peering, "VPCPeering "+peering.Namespace+"/"+peering.Name)
		}
	}
	return users, nil
}

// uses reports whether a VPCPeering acts through the identity: it is pinned to it and is or was admitted,
// or it names it and is admitted. What its status says by itself is not enough.
func (r *Reconciler) uses(ctx context.Context, peering *v1alpha1.VPCPeering, identity *v1alpha1.AWSIdentity, clusters map[string]*v1alpha1.PeeredCluster) (bool, error) {
	pinned := slices.ContainsFunc([]*v1alpha1.SideStatus{peering.Status.Requester, peering.Status.Accepter}, func(side *v1alpha1.SideStatus) bool {
		return slices.Contains(object.PinnedIdentities(side), identity.Name)
	})
	if pinned && object.WasEverAdmitted(identity, peering.UID) {
		return true, nil
	}
	named := slices.ContainsFunc([]v1alpha1.VPCPeeringSide{peering.Spec.Requester, peering.Spec.Accepter}, func(side v1alpha1.VPCPeeringSide) bool {
		return object.NamesIdentity(side, clustersOf(side, clusters), identity.Name)
	})
	if !pinned && (!named || object.RefusedAsDeleting(peering)) {
		return false, nil
	}
	return object.Namespaces{Reader: r.Client}.Admit(ctx, identity.Spec.AllowedNamespaces, peering.Namespace)
}

// clustersOf are the clusters that a side names; one that is not there is nil.
func clustersOf(side v1alpha1.VPCPeeringSide, byName map[string]*v1alpha1.PeeredCluster) []*v1alpha1.PeeredCluster {
	clusters := make([]*v1alpha1.PeeredCluster, 0, len(side.ClusterRefs))
	for _, ref := range side.ClusterRefs {
		clusters = append(clusters, byName[ref.Name])
	}
	return clusters
}
