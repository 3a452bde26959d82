package vpcpeering

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// pairIndex is the index of the cache by the two VPCs that a VPCPeering resolved to, so that
// one of a thousand finds its rivals without a list of all.
const pairIndex = "pair"

// indexPairs makes the index; it must exist before the cache starts.
func indexPairs(ctx context.Context, mgr ctrl.Manager) error {
	if err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.VPCPeering{}, pairIndex, pairKeys); err != nil {
		return fmt.Errorf("indexing VPCPeerings by their VPCs: %w", err)
	}
	return nil
}

// pairKeys is the index's function: no key while a side is not resolved.
func pairKeys(object client.Object) []string {
	found, ok := object.(*v1alpha1.VPCPeering)
	if !ok || found.Status.Requester == nil || found.Status.Accepter == nil {
		return nil
	}
	return []string{pairKey(string(found.Status.Requester.VPCID), string(found.Status.Accepter.VPCID))}
}

// pairKey is the same whichever of the two VPCs asks.
func pairKey(a, b string) string { return min(a, b) + " " + max(a, b) }

func pairOf(sides peering.Sides) string { return pairKey(sides.Requester.VPC, sides.Accepter.VPC) }

// rivals are the other VPCPeerings of the pair, as the cache shows them.
func (p *reconciliation) rivals(ctx context.Context, pair string) ([]v1alpha1.VPCPeering, error) {
	var found v1alpha1.VPCPeeringList
	if err := p.List(ctx, &found, client.MatchingFields{pairIndex: pair}); err != nil {
		return nil, fmt.Errorf("listing the VPCPeerings of a pair: %w", err)
	}
	return p.withoutSelf(found.Items), nil
}

func (p *reconciliation) withoutSelf(all []v1alpha1.VPCPeering) []v1alpha1.VPCPeering {
	var others []v1alpha1.VPCPeering
	for i := range all {
		if all[i].UID != p.object.UID {
			others = append(others, all[i])
		}
	}
	return others
}

// liveRivals reads past the cache: it is told of what others wrote a moment ago too late. It asks
// for those that the cache shows and for those that this process saw claim the pair, and for no other.
func (p *reconciliation) liveRivals(ctx context.Context, pair string) ([]v1alpha1.VPCPeering, error) {
	cached, err := p.rivals(ctx, pair)
	if err != nil {
		return nil, err
	}
	names := p.claims.rivals(pair, client.ObjectKeyFromObject(p.object))
	for i := range cached {
		names[client.ObjectKeyFromObject(&cached[i])] = true
	}
	return p.readLive(ctx, names)
}

func (p *reconciliation) readLive(ctx context.Context, names map[types.NamespacedName]bool) ([]v1alpha1.VPCPeering, error) {
	var live []v1alpha1.VPCPeering
	for name := range names {
		var rival v1alpha1.VPCPeering
		err := p.Live.Get(ctx, name, &rival)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("reading another VPCPeering of the pair: %w", err)
		}
		if err == nil {
			live = append(live, rival)
		}
	}
	return p.withoutSelf(live), nil
}
