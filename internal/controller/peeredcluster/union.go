package peeredcluster

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// peeringsOf reads the VPCPeerings that count for a cluster: those that name it and that it admits, or
// that it is configured for already. What others write of themselves is nothing to it.
func peeringsOf(ctx context.Context, hub client.Reader, cluster *v1alpha1.PeeredCluster) ([]v1alpha1.VPCPeering, error) {
	var all v1alpha1.VPCPeeringList
	// A thousand are not copied for the few that count.
	if err := hub.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing VPCPeerings: %w", err)
	}
	var counting []v1alpha1.VPCPeering
	for i := range all.Items {
		if _, named := peerOf(&all.Items[i], cluster.Name); !named {
			continue
		}
		counts, err := countsFor(ctx, hub, &all.Items[i], cluster)
		if err != nil {
			return nil, err
		}
		if counts {
			counting = append(counting, *all.Items[i].DeepCopy())
		}
	}
	return counting, nil
}

func countsFor(ctx context.Context, hub client.Reader, peering *v1alpha1.VPCPeering, cluster *v1alpha1.PeeredCluster) (bool, error) {
	if known := find(cluster.Status.Peerings, peering); known != nil && !known.Orphaned && isEntryOf(*known, peering) {
		return true, nil
	}
	return object.Namespaces{Reader: hub}.Admit(ctx, cluster.Spec.AllowedNamespaces, peering.Namespace)
}

// peerOf is the other side of a peering, as far as it is resolved, and whether
// the cluster is named in it at all, by its spec or by what it once resolved to.
func peerOf(object *v1alpha1.VPCPeering, cluster string) (*v1alpha1.SideStatus, bool) {
	switch {
	case names(object.Spec.Requester, object.Status.Requester, cluster):
		return object.Status.Accepter, true
	case names(object.Spec.Accepter, object.Status.Accepter, cluster):
		return object.Status.Requester, true
	default:
		return nil, false
	}
}

// reachedFrom are the blocks of the peer that the cluster's side reaches: without those
// that it excludes, and without those of IPv6 where its own VPC has none. While its own
// blocks can't be read, nothing is left out.
func reachedFrom(cluster string, object *v1alpha1.VPCPeering, peer *v1alpha1.SideStatus) []netip.Prefix {
	spec, own := object.Spec.Accepter, object.Status.Accepter
	if names(object.Spec.Requester, object.Status.Requester, cluster) {
		spec, own = object.Spec.Requester, object.Status.Requester
	}
	blocks := peering.LessExcluded(prefixes(peer.CIDRBlocks), spec.Routes.ExcludeCIDRs)
	if own == nil || len(own.CIDRBlocks) == 0 {
		return blocks
	}
	return peering.Answerable(blocks, prefixes(own.CIDRBlocks))
}

func names(spec v1alpha1.VPCPeeringSide, status *v1alpha1.SideStatus, cluster string) bool {
	inSpec := slices.ContainsFunc(spec.ClusterRefs, func(ref v1alpha1.LocalName) bool { return ref.Name == cluster })
	return inSpec || status != nil && slices.Contains(status.Clusters, cluster)
}

// coveredPeerings is the union to cover. A peering enters it once both sides'
// rules and routes were seen in place, and stays through flaps, pause and mode
// changes until it is deleted: traffic that was admitted is not cut off because
// an observation failed. Orphans stay forever. A peering of the same name with another
// UID is another one: what its namesake is covered for stays until it is established itself.
func coveredPeerings(known []v1alpha1.ClusterPeering, peerings []v1alpha1.VPCPeering, cluster string) []v1alpha1.ClusterPeering {
	covered := orphansBeside(known, peerings)
	for i := range peerings {
		object := &peerings[i]
		peer, _ := peerOf(object, cluster)
		if entry := entryOf(object, peer, find(known, object), cluster); entry != nil {
			covered = append(covered, *entry)
		}
	}
	slices.SortFunc(covered, func(a, b v1alpha1.ClusterPeering) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	return covered
}

// orphansBeside are the orphans that no peering has the name of.
func orphansBeside(known []v1alpha1.ClusterPeering, peerings []v1alpha1.VPCPeering) []v1alpha1.ClusterPeering {
	var orphans []v1alpha1.ClusterPeering
	for _, entry := range known {
		namesake := slices.ContainsFunc(peerings, func(object v1alpha1.VPCPeering) bool { return hasNameOf(entry, &object) })
		if entry.Orphaned && !namesake {
			orphans = append(orphans, entry)
		}
	}
	return orphans
}

// entryOf is what is covered for a peering, or for the one before it of the same name; nil: nothing.
func entryOf(object *v1alpha1.VPCPeering, peer *v1alpha1.SideStatus, before *v1alpha1.ClusterPeering, cluster string) *v1alpha1.ClusterPeering {
	same := before != nil && !before.Orphaned && isEntryOf(*before, object)
	if peer == nil || peering.SpecHeld(object) || !same && !established(object) {
		return before
	}
	reached := cidr.Strings(reachedFrom(cluster, object, peer))
	entry := &v1alpha1.ClusterPeering{Namespace: object.Namespace, Name: object.Name, UID: string(object.UID), CIDRBlocks: reached}
	if same && len(peer.CIDRBlocks) == 0 {
		entry.CIDRBlocks = before.CIDRBlocks
	}
	return entry
}

func find(known []v1alpha1.ClusterPeering, object *v1alpha1.VPCPeering) *v1alpha1.ClusterPeering {
	for i := range known {
		if hasNameOf(known[i], object) {
			return &known[i]
		}
	}
	return nil
}

func hasNameOf(entry v1alpha1.ClusterPeering, object *v1alpha1.VPCPeering) bool {
	return entry.Namespace == object.Namespace && entry.Name == object.Name
}

// isEntryOf: an entry of an earlier version has no UID and counts by name.
func isEntryOf(entry v1alpha1.ClusterPeering, object *v1alpha1.VPCPeering) bool {
	return entry.UID == "" || entry.UID == string(object.UID)
}

// established: admitted, active, and rules and routes in place; never in Plan
// mode, and not being deleted.
func established(object *v1alpha1.VPCPeering) bool {
	if object.Spec.OnlyPlans() || !object.DeletionTimestamp.IsZero() {
		return false
	}
	for _, step := range []string{
		v1alpha1.ConditionIdentitiesReady, v1alpha1.ConditionPreflightPassed, v1alpha1.ConditionPeeringActive,
		v1alpha1.ConditionSecurityGroupsReady, v1alpha1.ConditionRoutesReady,
	} {
		if !meta.IsStatusConditionTrue(object.Status.Conditions, step) {
			return false
		}
	}
	return true
}

// inFlight: admitted and on its way, so worth waiting for before a value is
// written: what is merged together shall be rolled out together.
func inFlight(object *v1alpha1.VPCPeering) bool {
	return !established(object) && !object.Spec.OnlyPlans() && !object.Spec.Paused && object.DeletionTimestamp.IsZero() &&
		meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionPreflightPassed) &&
		!meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionStalled)
}

func asPeers(covered []v1alpha1.ClusterPeering) []cilium.Peer {
	peers := make([]cilium.Peer, 0, len(covered))
	for _, entry := range covered {
		peers = append(peers, cilium.Peer{Name: entry.Namespace + "/" + entry.Name, Blocks: prefixes(entry.CIDRBlocks)})
	}
	return peers
}
