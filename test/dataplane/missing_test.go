package dataplane

import (
	"maps"
	"net/netip"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/lab"
)

// withoutRoute takes the route to the peer from a VPC.
func withoutRoute(vpc string) func(*fabric.State) {
	return func(state *fabric.State) {
		for i := range state.VPCs {
			if state.VPCs[i].ID == vpc {
				state.VPCs[i].Tables = []fabric.Table{{ID: state.VPCs[i].Tables[0].ID}}
			}
		}
	}
}

// withoutRule leaves a group only what it lets in from its own VPC, or from the peer what is asked for.
func withoutRule(group string, keep ...fabric.Rule) func(*fabric.State) {
	return func(state *fabric.State) {
		own := state.Groups[group].Ingress[0]
		groups := maps.Clone(state.Groups)
		groups[group] = fabric.Group{Ingress: append([]fabric.Rule{own}, keep...), Egress: state.Groups[group].Egress}
		state.Groups = groups
	}
}

// In each case everything else is right, Cilium too, and pods have talked before.
func TestEachMissingPieceBlocksAtItsOwnHop(t *testing.T) {
	t.Parallel()
	const pods = "10.12.4.77"
	syn := func(why string) drop { return drop{"SYN", pods, "10.11.4.91", why} }
	for name, test := range map[string]struct {
		edit func(*fabric.State)
		want drop
	}{
		"no peering connection": {
			func(state *fabric.State) { state.Peerings = nil }, syn(fabric.NoRoute + " rtb-b"),
		},
		"no route in B": {withoutRoute("vpc-b"), syn(fabric.NoRoute + " rtb-b")},
		"no route in A": {withoutRoute("vpc-a"), drop{"SYN-ACK", "10.11.4.91", pods, fabric.NoRoute + " rtb-a"}},
		"no group rule in A": {
			withoutRule("sg-a"), syn(fabric.GroupIngress + " eni-a-eth1"),
		},
		"a group rule in A for the other protocol": {
			withoutRule("sg-a", fabric.Rule{Protocol: 17, Peer: lab.B.Block()}), syn(fabric.GroupIngress + " eni-a-eth1"),
		},
		"a group rule in A for other ports": {
			withoutRule("sg-a", fabric.Rule{Protocol: 6, FromPort: 443, ToPort: 443, Peer: lab.B.Block()}), syn(fabric.GroupIngress + " eni-a-eth1"),
		},
		"a group rule in A for B's node, whose address nobody sees any more": {
			withoutRule("sg-a", fabric.Rule{Peer: netip.MustParsePrefix("10.12.1.10/32")}), syn(fabric.GroupIngress + " eni-a-eth1"),
		},
		"no group rule in B that lets anything out": {
			func(state *fabric.State) {
				state.Groups = map[string]fabric.Group{"sg-a": {Ingress: state.Groups["sg-a"].Ingress}, "sg-b": {Ingress: state.Groups["sg-b"].Ingress}}
			}, syn(fabric.GroupEgress + " eni-b-eth1"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := gather(t, lab.Options{Native: map[lab.Side]string{lab.A: both, lab.B: both}})
			from, to := e.pods[lab.B], e.pods[lab.A]
			reached(t, e, "with nothing missing", from.Namespace, to.Address, from.Address)
			if err := e.Fabric.Edit(test.edit); err != nil {
				t.Fatal(err)
			}
			blocked(t, e, "B's pod to A's pod", from.Namespace, to.Address, test.want)
			if err := e.Fabric.Apply(lab.Healthy()); err != nil {
				t.Fatal(err)
			}
			reached(t, e, "with all there again", from.Namespace, to.Address, from.Address)
		})
	}
}

func TestAGroupRuleForThePortLetsItIn(t *testing.T) {
	t.Parallel()
	e := gather(t, lab.Options{
		Native: map[lab.Side]string{lab.A: both, lab.B: both},
		Edit:   withoutRule("sg-a", fabric.Rule{Protocol: 6, FromPort: 8000, ToPort: 8100, Peer: lab.B.Block()}),
	})
	reached(t, e, "B's pod to A's pod", e.pods[lab.B].Namespace, e.pods[lab.A].Address, e.pods[lab.B].Address)
}
