package peeredcluster

import (
	"context"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// decisionInput is all that the decision depends on. AWS is asked only where there is
// a peer.
func (p *pass) decisionInput(ctx context.Context) (cilium.Input, error) {
	input := cilium.Input{
		Facts:  p.observed.Facts,
		Owner:  p.owner(),
		Policy: p.ciliumPolicy(),
		VPC:    cilium.VPC{Primary: p.observed.Footprint.Primary, Blocks: p.observed.Footprint.Blocks()},
		Peers:  asPeers(p.object.Status.Peerings),
		Live:   append(cilium.Live(p.owner(), p.observed.Install.Objects.NodeConfigs), p.observed.Facts.Applied),

		Awaited: p.awaited(), RevertedBy: p.takenBackBy(),
	}
	if len(input.Peers) == 0 {
		return input, nil
	}
	seen, err := p.observeVPC(ctx)
	if err != nil {
		return cilium.Input{}, err
	}
	if seen.VPC != nil {
		input.VPC = cilium.VPC{Primary: seen.VPC.Primary, Blocks: seen.VPC.AssociatedBlocks()}
	}
	input.Routes = liveRoutes(seen.RouteTables, p.object.Status.Network)
	input.Unread = p.unread(seen.RouteTables)
	return input, nil
}

// awaited: agents were once told a value that does not cover every peer, as we saw,
// so that one which does now has to reach the nodes.
func (p *pass) awaited() bool {
	peers, history := peerBlocks(p.object.Status.Peerings), readHistory(p.ciliumStatus().History)
	for i, period := range history {
		if !history.Began(i) && !cidr.ContainsAll([]netip.Prefix{period.CIDR}, peers) {
			return true
		}
	}
	return false
}

func peerBlocks(peerings []v1alpha1.ClusterPeering) []netip.Prefix {
	var blocks []netip.Prefix
	for _, peer := range asPeers(peerings) {
		v4, _ := cidr.SplitFamilies(peer.Blocks)
		blocks = append(blocks, v4...)
	}
	return blocks
}
