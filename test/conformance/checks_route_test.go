package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	routeSource  = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html"
	tablesGuide  = "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html"
	routingGuide = peeringGuide + "vpc-peering-routing.html"
)

func init() {
	register(
		check{Name: "a table has an active local route for each associated block", Source: tablesGuide,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock, "100.64.0.0/16")
				for _, table := range []string{s.mainTable(vpc), s.table(vpc)} {
					routes := s.routes(table)
					same(t, "number of routes", len(routes), 2)
					for _, block := range []string{ourBlock, "100.64.0.0/16"} {
						got := routes[block]
						same(t, "target", aws.ToString(got.GatewayId), "local")
						same(t, "state", got.State, types.RouteStateActive)
						same(t, "origin", got.Origin, types.RouteOriginCreateRouteTable)
					}
				}
			}},
		check{Name: "a route to an active peering is active", Source: routingGuide,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				t.until(target, "the route", func() bool { return p.ours.routes(table)[theirBlock].State == types.RouteStateActive })
				got := p.ours.routes(table)[theirBlock]
				same(t, "target", aws.ToString(got.VpcPeeringConnectionId), id)
				same(t, "origin", got.Origin, types.RouteOriginCreateRoute)
			}},
		check{Name: "a route may be made while the request is pending and is a blackhole until it is active", Source: routingGuide,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.pending(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				t.until(target, "the blackhole", func() bool { return p.ours.routes(table)[theirBlock].State == types.RouteStateBlackhole })
				t.ok(p.theirs.accept(id))
				p.ours.becomes(id, stateActive)
				t.until(target, "the route active", func() bool { return p.ours.routes(table)[theirBlock].State == types.RouteStateActive })
			}},
		check{Name: "a route to a deleted peering stays as a blackhole", Source: peeringGuide + "delete-vpc-peering-connection.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				p.gone(id)
				t.until(target, "the blackhole", func() bool { return p.ours.routes(table)[theirBlock].State == types.RouteStateBlackhole })
				same(t, "target", aws.ToString(p.ours.routes(table)[theirBlock].VpcPeeringConnectionId), id)
			}},
		check{Name: "a route to a deleted NAT gateway stays as a blackhole", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html (\"Delete a NAT gateway\")",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				table, subnet := s.table(vpc), s.subnet(vpc, "10.11.1.0/24")
				out, err := s.ec2.CreateNatGateway(t.Context(), &ec2.CreateNatGatewayInput{SubnetId: &subnet, ConnectivityType: types.ConnectivityTypePrivate})
				t.ok(err)
				gateway := out.NatGateway.NatGatewayId
				t.until(target, *gateway+" available", func() bool {
					found, err := s.ec2.DescribeNatGateways(t.Context(), &ec2.DescribeNatGatewaysInput{NatGatewayIds: []string{*gateway}})
					return err == nil && len(found.NatGateways) == 1 && found.NatGateways[0].State == types.NatGatewayStateAvailable
				})
				_, err = s.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String(theirBlock), NatGatewayId: gateway})
				t.ok(err)
				same(t, "state", s.routes(table)[theirBlock].State, types.RouteStateActive)
				_, err = s.ec2.DeleteNatGateway(t.Context(), &ec2.DeleteNatGatewayInput{NatGatewayId: gateway})
				t.ok(err)
				t.until(target, "the blackhole", func() bool { return s.routes(table)[theirBlock].State == types.RouteStateBlackhole })
				same(t, "target", aws.ToString(s.routes(table)[theirBlock].NatGatewayId), *gateway)
			}},
		check{Name: "tables can be found by the peering they route to and by a route's state", Source: modelSource + "DescribeRouteTablesRequest$Filters",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				t.until(target, "the route", func() bool { return p.ours.routes(table)[theirBlock].State == types.RouteStateActive })
				same(t, "tables to the peering", tableIDs(p.ours.tables(filter("route.vpc-peering-connection-id", id))), []string{table})
				same(t, "blackholes", tableIDs(p.ours.tables(filter("route.state", "blackhole"))), nil)
				p.gone(id)
				t.until(target, "the blackhole", func() bool { return len(p.ours.tables(filter("route.state", "blackhole"))) == 1 })
			}},
		check{Name: "tables can be found by a route's destination and origin", Source: modelSource + "DescribeRouteTablesRequest$Filters",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				t.until(target, "the route", func() bool { return p.ours.routes(table)[theirBlock].State == types.RouteStateActive })
				same(t, "by destination", tableIDs(p.ours.tables(filter("route.destination-cidr-block", theirBlock))), []string{table})
				same(t, "by origin", tableIDs(p.ours.tables(filter("route.origin", "CreateRoute"))), []string{table})
			}},
		check{Name: "a second route to one destination is refused", Source: errorsSource + " RouteAlreadyExists; aws/eks-hybrid#650",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				gateway := p.ours.gateway(p.ourVPC)
				_, err := p.ours.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String(theirBlock), GatewayId: &gateway})
				t.refusedWith(err, "RouteAlreadyExists")
			}},
		check{Name: "host bits of a destination are cut off", Source: modelSource + "CreateRouteRequest$DestinationCidrBlock (100.68.0.18/18 becomes 100.68.0.0/18)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, "100.68.0.18/18", id))
				t.until(target, "the canonical route", func() bool { return p.ours.routes(table)["100.68.0.0/18"].DestinationCidrBlock != nil })
			}},
		check{Name: "a destination that is no block is refused", Source: errorsSource + " InvalidParameterValue",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				t.refusedWith(p.ours.route(p.ours.table(p.ourVPC), "10.300.0.0/16", p.active()), "InvalidParameterValue")
			}},
		check{Name: "an unknown table is refused", Source: errorsSource + " InvalidRouteTableID.NotFound",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				t.refusedWith(p.ours.route("rtb-0123456789abcdef0", theirBlock, p.active()), "InvalidRouteTableID.NotFound")
			}},
		check{Name: "a route to an unknown peering is refused", Source: errorsSource + " InvalidVpcPeeringConnectionID.NotFound",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				t.refusedWith(s.route(s.table(s.vpc(ourBlock)), theirBlock, "pcx-0123456789abcdef0"), "InvalidVpcPeeringConnectionID.NotFound")
			}},
		check{Name: "a route to a peering that the VPC has no part in is refused", Source: "hashicorp/terraform#2185 (belong to different networks)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				stranger := p.ours.table(p.ours.vpc("10.20.0.0/16"))
				t.refusedSaying(p.ours.route(stranger, theirBlock, id), "InvalidParameterValue", "belong to different networks")
			}},
		check{Name: "the VPC's own block cannot be routed to a peering", Source: "hashicorp/terraform#26018",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				t.refusedWith(p.ours.route(p.ours.table(p.ourVPC), ourBlock, p.active()), "InvalidParameterValue", "RouteAlreadyExists")
			}},
		check{Name: "a part of the VPC's own block cannot be routed to a peering", Source: "hashicorp/terraform#26018; " + tablesGuide,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				t.refusedWith(p.ours.route(p.ours.table(p.ourVPC), "10.11.128.0/24", p.active()), "InvalidParameterValue")
			}},
		check{Name: "a table associated with a gateway takes no route to a peering", Source: tablesGuide + "#gateway-route-tables; hashicorp/terraform#26018 (Route target is not supported)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table, gateway := p.active(), p.ours.table(p.ourVPC), p.ours.gateway(p.ourVPC)
				_, err := p.ours.ec2.AssociateRouteTable(t.Context(), &ec2.AssociateRouteTableInput{RouteTableId: &table, GatewayId: &gateway})
				t.ok(err)
				t.refusedWith(p.ours.route(table, theirBlock, id), "InvalidParameterValue")
			}},
		check{Name: "a route to the link-local services is refused", Source: tablesGuide + " (169.254.168.0/22 is reserved)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				t.refusedWith(p.ours.route(p.ours.table(p.ourVPC), "169.254.168.0/24", p.active()), "InvalidParameterValue")
			}},
		check{Name: "a route without a target is refused", Source: routeSource + "; prabhatsharma/kubernetes-the-hard-way-aws#5 (MissingParameter)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				table := s.table(s.vpc(ourBlock))
				_, err := s.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String(theirBlock)})
				t.refusedWith(err, "MissingParameter", "InvalidParameterCombination", "InvalidParameterValue")
			}},
		check{Name: "ReplaceRoute changes the target of an existing route", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				first, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, first))
				p.gone(first)
				second := p.active()
				t.ok(p.ours.replace(table, theirBlock, second))
				t.until(target, "the new target", func() bool {
					got := p.ours.routes(table)[theirBlock]
					return aws.ToString(got.VpcPeeringConnectionId) == second && got.State == types.RouteStateActive
				})
			}},
		check{Name: "ReplaceRoute of a route that is not there is refused", Source: errorsSource + " InvalidRoute.NotFound, InvalidParameterValue",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				t.refusedWith(p.ours.replace(p.ours.table(p.ourVPC), theirBlock, p.active()), "InvalidRoute.NotFound", "InvalidParameterValue")
			}},
		check{Name: "DeleteRoute removes a route and then finds none", Source: errorsSource + " InvalidRoute.NotFound",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				t.ok(p.ours.unroute(table, theirBlock))
				t.until(target, "the route gone", func() bool { return len(p.ours.routes(table)) == 1 })
				t.refusedWith(p.ours.unroute(table, theirBlock), "InvalidRoute.NotFound")
			}},
		check{Name: "DeleteRoute wants the exact destination", Source: modelSource + "DeleteRouteRequest$DestinationCidrBlock (must match exactly)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				t.refusedWith(p.ours.unroute(table, "10.12.0.0/17"), "InvalidRoute.NotFound")
			}},
		check{Name: "the local route cannot be deleted", Source: tablesGuide,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				table := s.table(s.vpc(ourBlock))
				t.refused(s.unroute(table, ourBlock))
				same(t, "number of routes", len(s.routes(table)), 1)
			}},
		check{Name: "an IPv6 block is routed to a peering by itself", Source: routingGuide,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				_, err := p.ours.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{
					RouteTableId: &table, DestinationIpv6CidrBlock: aws.String("2001:db8:1234:1a00::/56"), VpcPeeringConnectionId: &id,
				})
				t.ok(err)
				t.until(target, "the route", func() bool {
					return aws.ToString(p.ours.routes(table)["2001:db8:1234:1a00::/56"].VpcPeeringConnectionId) == id
				})
			}},
		check{Name: "a table takes only as many routes as the quota says", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html; " + errorsSource + " RouteLimitExceeded", Needs: quotaControl,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				defer target.control.SetQuota(p.ours.account, quotaRoutes, 2)()
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, theirBlock, id))
				t.refusedWith(p.ours.route(table, "10.14.0.0/16", id), "RouteLimitExceeded")
			}},
	)
}

func (s *side) replace(table, destination, peering string) error {
	_, err := s.ec2.ReplaceRoute(s.t.Context(), &ec2.ReplaceRouteInput{
		RouteTableId: &table, DestinationCidrBlock: &destination, VpcPeeringConnectionId: &peering,
	})
	return err
}

func (s *side) unroute(table, destination string) error {
	_, err := s.ec2.DeleteRoute(s.t.Context(), &ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: &destination})
	return err
}

func tableIDs(tables []types.RouteTable) []string {
	var ids []string
	for _, table := range tables {
		ids = append(ids, aws.ToString(table.RouteTableId))
	}
	return ids
}
