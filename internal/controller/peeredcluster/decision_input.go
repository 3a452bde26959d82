package peeredcluster

import (
	"context"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// input is all that the decision depends on. AWS is asked only where there is
// a peer.
func (d decider) input(ctx context.Context) (cilium.Input, error) {
	c := d.configuration
	input := cilium.Input{
		Facts:  c.view.Facts,
		Owner:  c.owner,
		Policy: c.ciliumPolicy(),
		VPC:    cilium.VPC{Primary: c.view.Footprint.Primary, Blocks: c.view.Footprint.Blocks()},
		Peers:  asPeers(c.Object.Status.Peerings),
		Live:   append(cilium.Live(c.owner, c.view.Install.Objects.NodeConfigs), c.view.Facts.Applied),

		Awaited: c.awaited(), RevertedBy: c.takenBackBy(),
	}
	if len(input.Peers) == 0 {
		return input, nil
	}
	seen, err := d.aws.observeVPC(ctx, c.valueHistory)
	if err != nil {
		return cilium.Input{}, err
	}
	if seen.VPC != nil {
		input.VPC = cilium.VPC{Primary: seen.VPC.Primary, Blocks: seen.VPC.AssociatedBlocks()}
	}
	if err := d.observeGateways(ctx, &input); err != nil {
		return cilium.Input{}, err
	}
	input.Routes = liveRoutes(seen.RouteTables, c.Object.Status.Network)
	input.Unread = c.unread(seen.RouteTables)
	return input, nil
}

// observeGateways reads what sends pods' traffic through gateways.
func (d decider) observeGateways(ctx context.Context, input *cilium.Input) error {
	view := d.view
	if !view.Facts.Found {
		return nil
	}
	var err error
	input.EgressPolicies, input.Unseen, err = view.ReadEgressPolicies(ctx, d.connection.Client)
	if len(input.EgressPolicies) > 0 {
		input.Endpoints = cilium.EndpointsOf(view.Pods, view.Nodes)
	}
	return err
}

// awaited: agents were once told a value that does not cover every peer, as we saw,
// so that one which does now has to reach the nodes.
func (c *configuration) awaited() bool {
	peers, history := peerBlocks(c.Object.Status.Peerings), readHistory(c.ciliumStatus().History)
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
