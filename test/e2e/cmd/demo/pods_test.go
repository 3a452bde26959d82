package main

import (
	"net/netip"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/scene"
)

func TestAPairTalksOnlyWhereBothEndsReachTheOther(t *testing.T) {
	t.Parallel()
	able := func(block string, blocks ...string) end {
		e := end{block: block, reaches: map[string]bool{}}
		for _, b := range blocks {
			e.reaches[b] = true
		}
		return e
	}
	here := []end{able("10.11.0.0/16", "10.12.0.0/16", "10.14.0.0/16"), able("10.13.0.0/16")}
	there := []end{able("10.12.0.0/16", "10.11.0.0/16", "10.13.0.0/16"), able("10.14.0.0/16", "10.13.0.0/16")}
	if got := talking(here, there); got != 1 {
		t.Errorf("%d pairs talk, want only the two that reach all", got)
	}
	if here[0].reachesAll([]string{"10.12.0.0/16", "10.14.0.0/16"}) != true || here[1].reachesAll([]string{"10.12.0.0/16"}) {
		t.Error("which pod reaches all of the peer is mistaken")
	}
}

func TestAPathIsOpenWhereTheSubnetsTableLeadsThereAndItsGroupLetsIn(t *testing.T) {
	t.Parallel()
	const peer = "10.12.0.0/16"
	subnet, table, connection, block := "subnet-pods", "rtb-1", "pcx-1", peer
	side := &rig.Side{
		Network: &scene.Network{Zones: []scene.Zone{{
			Nodes: scene.Subnet{ID: "subnet-nodes", Block: "10.11.0.0/20"}, Pods: scene.Subnet{ID: subnet, Block: "10.13.0.0/18"},
		}}},
		EKS: &scene.Cluster{NodeGroups: []string{"sg-nodes"}, PodGroups: []string{"sg-pods"}},
	}
	open := path{side: side, rules: []rule{{group: "sg-pods", block: peer}}, tables: []types.RouteTable{{
		RouteTableId: &table, Associations: []types.RouteTableAssociation{{SubnetId: &subnet}},
		Routes: []types.Route{{DestinationCidrBlock: &block, VpcPeeringConnectionId: &connection, State: types.RouteStateActive}},
	}}}
	pod, node := netip.MustParseAddr("10.13.0.7"), netip.MustParseAddr("10.11.0.7")
	if !open.carries(pod, peer) {
		t.Error("routed and let in, and not carried")
	}
	if open.carries(node, peer) {
		t.Error("carried from a subnet whose table has no route")
	}
	closed := open
	closed.rules = []rule{{group: "sg-nodes", block: peer}}
	if closed.carries(pod, peer) {
		t.Error("carried to a pod whose group lets nothing in")
	}
	open.tables[0].Routes[0].State = types.RouteStateBlackhole
	if open.carries(pod, peer) {
		t.Error("carried into a black hole")
	}
}
