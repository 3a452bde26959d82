package dryrun

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/scene"
)

// fault is one change of a world in which pods reach each other, and the hop that it breaks. What the check says cures it is
// what its cure does.
type fault struct {
	name, code string
	// only asks for TCP to port 443 alone.
	only bool
	put  func(w *world) (cure func())
}

// faults were written before diagnose was read.
var faults = []fault{
	{name: "a table without the route", code: "XV-R01", put: func(w *world) func() {
		network := w.pair.Requester
		w.unroute(network, network.Tables[1], "10.12.0.0/16")
		return func() { w.route(network, network.Tables[1], "10.12.0.0/16") }
	}},
	{name: "no route back", code: "XV-R01", put: func(w *world) func() {
		network := w.pair.Accepter
		w.unroute(network, network.Tables[0], "10.11.0.0/16")
		return func() { w.route(network, network.Tables[0], "10.11.0.0/16") }
	}},
	{name: "a subnet moved to another table", code: "XV-R01", put: movedSubnet},
	{name: "a more specific route to a transit gateway", code: "XV-R02", put: func(w *world) func() { return w.transit(w.pair.Requester, "10.12.3.0/24") }},
	{name: "a more specific route on the way back", code: "XV-R02", put: func(w *world) func() { return w.transit(w.pair.Accepter, "10.11.200.0/21") }},
	{name: "a prefix list with a part of the peer, to a transit gateway", code: "XV-R02", put: listed},
	{name: "a propagated route to a part of the peer", code: "XV-R02", put: propagated},
	{name: "an empty prefix list in place of the route", code: "XV-R01", put: emptyList},
	{name: "a route of a former connection", code: "XV-R03", put: former},
	{name: "the connection was deleted", code: "XV-L01", put: func(w *world) func() {
		_, err := w.ec2(w.pair.Accepter).DeleteVpcPeeringConnection(w.t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &w.connection})
		w.must(err)
		return nil
	}},
	{name: "egress: UDP alone", code: "XV-G01", put: letsOut("udp", 0, 65535, "0.0.0.0/0")},
	{name: "egress: the last port is missing", code: "XV-G01", only: true, put: letsOut("tcp", 0, 442, "0.0.0.0/0")},
	{name: "egress: half of a block", code: "XV-G01", only: true, put: letsOut("tcp", 443, 443, "10.12.0.0/17", "10.14.0.0/16")},
	{name: "ingress of the peer: nothing", code: "XV-G01", put: letsIn("udp", 0, 65535)},
	{name: "ingress of the peer: begins one port behind", code: "XV-G01", only: true, put: letsIn("tcp", 444, 65535)},
	{name: "ingress of the peer: a group instead of its blocks", code: "XV-G01", put: referenced},
	{name: "ingress of the peer: a prefix list without its blocks", code: "XV-G01", put: listedElsewhere},
	{name: "ingress without ICMP", code: "XV-U01", only: true, put: letsIn("tcp", 443, 443)},
	{name: "network ACL: out of the source's subnets", code: "XV-F01", put: denies(true, 90, true, "-1", 0, 0)},
	{name: "network ACL: into the destination's subnets", code: "XV-F01", only: true, put: denies(false, 1, false, "6", 443, 443)},
	{name: "network ACL: one port of many", code: "XV-F01", put: denies(true, 99, true, "6", 8080, 8080)},
	{name: "network ACL: an entry behind the one that allows", put: denies(true, 110, true, "-1", 0, 0)},
	{name: "network ACL: ephemeral ports on the way back", code: "XV-F02", only: true, put: denies(true, 90, false, "6", 1024, 65535)},
	{name: "network ACL: some of the ephemeral ports", code: "XV-F02", only: true, put: denies(true, 90, false, "6", 1024, 49151)},
	{name: "network ACL: the last ephemeral port, out of the destination", code: "XV-F02", only: true, put: denies(false, 90, true, "6", 65535, 65535)},
	{name: "network ACL: ICMP", code: "XV-U01", put: denies(true, 90, false, "1", -1, -1)},
	{name: "network ACL: fragmentation needed alone", code: "XV-U01", put: denies(false, 90, true, "1", 3, 4)},
	{name: "network ACL: echo, which carries nothing", put: denies(true, 90, false, "1", 8, -1)},
}

func TestDiagnoseNamesTheHopThatAFaultBreaksAndItsCureCuresIt(t *testing.T) {
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			w := newWorld(t)
			if fault.only {
				w.onlyHTTPS()
			}
			w.wants("")
			cure := fault.put(w)
			w.wants(fault.code)
			if cure != nil {
				cure()
				w.wants("")
			}
		})
	}
}

func (w *world) onlyHTTPS() {
	only := []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: new(int32(443)), ToPort: new(int32(443))}}
	w.peering.Spec.Requester.SecurityGroups.Ingress, w.peering.Spec.Accepter.SecurityGroups.Ingress = only, only
}

func letsOut(protocol string, first, last int32, blocks ...string) func(*world) func() {
	return func(w *world) func() {
		w.shut(w.pair.Requester, true)
		w.admit(w.pair.Requester, true, protocol, first, last, blocks...)
		return func() { w.admit(w.pair.Requester, true, "-1", 0, 0, w.pair.Accepter.Blocks...) }
	}
}

func letsIn(protocol string, first, last int32) func(*world) func() {
	return func(w *world) func() {
		w.shut(w.pair.Accepter, false)
		w.admit(w.pair.Accepter, false, protocol, first, last, w.pair.Requester.Blocks...)
		return func() { w.admit(w.pair.Accepter, false, "-1", 0, 0, w.pair.Requester.Blocks...) }
	}
}

func referenced(w *world) func() {
	network := w.pair.Accepter
	w.shut(network, false)
	_, err := w.ec2(network).AuthorizeSecurityGroupIngress(w.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new(network.Groups[scene.PodGroup]), IpPermissions: []types.IpPermission{{IpProtocol: new("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: new(network.Groups[scene.NodeGroup])}}}},
	})
	w.must(err)
	return func() { w.admit(network, false, "-1", 0, 0, w.pair.Requester.Blocks...) }
}

func denies(source bool, number int32, egress bool, protocol string, first, last int32) func(*world) func() {
	return func(w *world) func() {
		network := w.pair.Accepter
		if source {
			network = w.pair.Requester
		}
		return w.deny(network, number, egress, protocol, first, last)
	}
}

// attached is a transit gateway that a network is attached to.
func (w *world) attached(network *scene.Network) string {
	client := w.ec2(network)
	made, err := client.CreateTransitGateway(w.t.Context(), &ec2.CreateTransitGatewayInput{})
	w.must(err)
	gateway := made.TransitGateway.TransitGatewayId
	w.soon(func(ctx context.Context) error {
		_, err := client.CreateTransitGatewayVpcAttachment(ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: gateway, VpcId: &network.VPCID, SubnetIds: []string{network.Zones[0].Nodes.ID}})
		return err
	})
	return *gateway
}

func (w *world) transit(network *scene.Network, block string) func() {
	gateway, table := w.attached(network), network.Tables[0]
	client := w.ec2(network)
	w.soon(func(ctx context.Context) error {
		_, err := client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: &block, TransitGatewayId: &gateway})
		return err
	})
	return func() { w.unroute(network, table, block) }
}

// prefixList is a managed prefix list of a network's account.
func (w *world) prefixList(network *scene.Network, blocks ...string) *string {
	w.t.Helper()
	in := &ec2.CreateManagedPrefixListInput{PrefixListName: new("list"), AddressFamily: new("IPv4"), MaxEntries: new(int32(5))}
	for _, block := range blocks {
		in.Entries = append(in.Entries, types.AddPrefixListEntry{Cidr: &block})
	}
	made, err := w.ec2(network).CreateManagedPrefixList(w.t.Context(), in)
	w.must(err)
	return made.PrefixList.PrefixListId
}

func listed(w *world) func() {
	network, client := w.pair.Requester, w.ec2(w.pair.Requester)
	gateway, table := w.attached(network), network.Tables[0]
	list := w.prefixList(network, "10.12.96.0/20")
	w.soon(func(ctx context.Context) error {
		_, err := client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationPrefixListId: list, TransitGatewayId: &gateway})
		return err
	})
	return func() {
		_, err := client.DeleteRoute(w.t.Context(), &ec2.DeleteRouteInput{RouteTableId: &table, DestinationPrefixListId: list})
		w.must(err)
	}
}

// emptyList leads to the connection, and carries nothing.
func emptyList(w *world) func() {
	network, client := w.pair.Requester, w.ec2(w.pair.Requester)
	table, block, list := network.Tables[0], "10.12.0.0/16", w.prefixList(network)
	w.unroute(network, table, block)
	w.soon(func(ctx context.Context) error {
		_, err := client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationPrefixListId: list, VpcPeeringConnectionId: &w.connection})
		return err
	})
	return func() { w.route(network, table, block) }
}

// listedElsewhere admits a list that has other networks' blocks.
func listedElsewhere(w *world) func() {
	network, client := w.pair.Accepter, w.ec2(w.pair.Accepter)
	w.shut(network, false)
	list := w.prefixList(network, "192.0.2.0/24")
	w.soon(func(ctx context.Context) error {
		_, err := client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: new(network.Groups[scene.PodGroup]), IpPermissions: []types.IpPermission{{IpProtocol: new("-1"), PrefixListIds: []types.PrefixListId{{PrefixListId: list}}}},
		})
		return err
	})
	return func() { w.admit(network, false, "-1", 0, 0, w.pair.Requester.Blocks...) }
}

// propagated has a VPN gateway tell a table of a part of the peer's network.
func propagated(w *world) func() {
	network, client := w.pair.Requester, w.ec2(w.pair.Requester)
	made, err := client.CreateVpnGateway(w.t.Context(), &ec2.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1, TagSpecifications: []types.TagSpecification{{
		ResourceType: types.ResourceTypeVpnGateway, Tags: []types.Tag{{Key: new("awssim-propagates"), Value: new("10.12.7.0/24")}},
	}}})
	w.must(err)
	gateway, table := made.VpnGateway.VpnGatewayId, network.Tables[0]
	w.soon(func(ctx context.Context) error {
		_, err := client.AttachVpnGateway(ctx, &ec2.AttachVpnGatewayInput{VpnGatewayId: gateway, VpcId: &network.VPCID})
		return err
	})
	w.soon(func(ctx context.Context) error {
		_, err := client.EnableVgwRoutePropagation(ctx, &ec2.EnableVgwRoutePropagationInput{GatewayId: gateway, RouteTableId: &table})
		return err
	})
	return func() {
		_, err := client.DisableVgwRoutePropagation(w.t.Context(), &ec2.DisableVgwRoutePropagationInput{GatewayId: gateway, RouteTableId: &table})
		w.must(err)
	}
}

// former puts a route in place of ours whose target is gone.
func former(w *world) func() {
	network, client := w.pair.Requester, w.ec2(w.pair.Requester)
	table, block := network.Tables[0], "10.12.0.0/16"
	made, err := client.CreateNetworkInterface(w.t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: &network.Zones[0].Nodes.ID})
	w.must(err)
	target := made.NetworkInterface.NetworkInterfaceId
	w.unroute(network, table, block)
	w.soon(func(ctx context.Context) error {
		_, err := client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: &block, NetworkInterfaceId: target})
		return err
	})
	_, err = client.DeleteNetworkInterface(w.t.Context(), &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: target})
	w.must(err)
	return func() {
		w.unroute(network, table, block)
		w.route(network, table, block)
	}
}

// movedSubnet gives a pods' subnet a table of its own.
func movedSubnet(w *world) func() {
	network, client := w.pair.Requester, w.ec2(w.pair.Requester)
	made, err := client.CreateRouteTable(w.t.Context(), &ec2.CreateRouteTableInput{VpcId: &network.VPCID})
	w.must(err)
	table, subnet := made.RouteTable.RouteTableId, network.Zones[0].Pods.ID
	found, err := client.DescribeRouteTables(w.t.Context(), &ec2.DescribeRouteTablesInput{Filters: []types.Filter{{Name: new("association.subnet-id"), Values: []string{subnet}}}})
	w.must(err)
	for _, association := range found.RouteTables[0].Associations {
		if association.SubnetId != nil && *association.SubnetId == subnet {
			_, err = client.ReplaceRouteTableAssociation(w.t.Context(), &ec2.ReplaceRouteTableAssociationInput{AssociationId: association.RouteTableAssociationId, RouteTableId: table})
			w.must(err)
		}
	}
	return func() {
		for _, block := range w.pair.Accepter.Blocks {
			w.route(network, *table, block)
		}
	}
}
