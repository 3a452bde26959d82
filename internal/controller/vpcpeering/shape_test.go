package vpcpeering

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/scene"
)

// shape is everything in AWS that could lead from one side to the other, without ids that differ from run to run:
// live connections with the tags of each side's view, routes to any connection, and ingress rules.
func (w *world) shape() []string {
	w.t.Helper()
	var lines []string
	for _, network := range []*scene.Network{w.pair.Requester, w.pair.Accepter} {
		lines = append(lines, w.connectionsOf(network)...)
		lines = append(lines, w.routesOf(network)...)
		lines = append(lines, w.rulesOf(network)...)
	}
	return lines
}

func (w *world) connectionsOf(network *scene.Network) []string {
	var lines []string
	for _, connection := range w.live(network) {
		lines = append(lines, fmt.Sprintf("%s: connection %s, %s%s", network.Name, connection.Status.Code, tagsText(connection.Tags), dnsText(connection)))
	}
	slices.Sort(lines)
	return lines
}

// dnsText says whose names the other side resolves.
func dnsText(connection ec2types.VpcPeeringConnection) string {
	text := ""
	for _, end := range []*ec2types.VpcPeeringConnectionVpcInfo{connection.RequesterVpcInfo, connection.AccepterVpcInfo} {
		if end.PeeringOptions != nil && awssdk.ToBool(end.PeeringOptions.AllowDnsResolutionFromRemoteVpc) {
			text += ", names of " + *end.OwnerId
		}
	}
	return text
}

// live are the connections that a side sees in a state that is not terminal.
func (w *world) live(network *scene.Network) []ec2types.VpcPeeringConnection {
	w.t.Helper()
	out, err := w.ec2(network).DescribeVpcPeeringConnections(w.t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(out.VpcPeeringConnections, func(c ec2types.VpcPeeringConnection) bool {
		switch c.Status.Code {
		case ec2types.VpcPeeringConnectionStateReasonCodeDeleted, ec2types.VpcPeeringConnectionStateReasonCodeFailed,
			ec2types.VpcPeeringConnectionStateReasonCodeRejected, ec2types.VpcPeeringConnectionStateReasonCodeExpired:
			return true
		default:
			return false
		}
	})
}

func (w *world) routesOf(network *scene.Network) []string {
	w.t.Helper()
	out, err := w.ec2(network).DescribeRouteTables(w.t.Context(), &ec2.DescribeRouteTablesInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, table := range out.RouteTables {
		for _, route := range table.Routes {
			if route.VpcPeeringConnectionId != nil {
				destination := awssdk.ToString(route.DestinationCidrBlock) + awssdk.ToString(route.DestinationIpv6CidrBlock)
				lines = append(lines, fmt.Sprintf("%s: %s routes %s, %s", network.Name, *table.RouteTableId, destination, route.State))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func (w *world) rulesOf(network *scene.Network) []string {
	w.t.Helper()
	out, err := w.ec2(network).DescribeSecurityGroupRules(w.t.Context(), &ec2.DescribeSecurityGroupRulesInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, rule := range out.SecurityGroupRules {
		source := awssdk.ToString(rule.CidrIpv4) + awssdk.ToString(rule.CidrIpv6)
		if awssdk.ToBool(rule.IsEgress) && strings.Contains(tagsText(rule.Tags), v1alpha1.TagOwner) {
			lines = append(lines, fmt.Sprintf("%s: %s lets out %s %s %d-%d, %s", network.Name, *rule.GroupId, awssdk.ToString(rule.IpProtocol),
				source, awssdk.ToInt32(rule.FromPort), awssdk.ToInt32(rule.ToPort), tagsText(rule.Tags)))
		}
		if !awssdk.ToBool(rule.IsEgress) && source != "" {
			lines = append(lines, fmt.Sprintf("%s: %s admits %s %s %d-%d, %s", network.Name, *rule.GroupId, awssdk.ToString(rule.IpProtocol),
				source, awssdk.ToInt32(rule.FromPort), awssdk.ToInt32(rule.ToPort), tagsText(rule.Tags)))
		}
	}
	slices.Sort(lines)
	return lines
}

func tagsText(tags []ec2types.Tag) string {
	pairs := []string{}
	for _, tag := range tags {
		pairs = append(pairs, *tag.Key+"="+*tag.Value)
	}
	slices.Sort(pairs)
	return fmt.Sprint(pairs)
}

func (w *world) wantsShape(want []string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.shape()); diff != "" {
		w.t.Errorf("what is in AWS (-want +got):\n%s", diff)
	}
}

func TestTheShapeOfNothingIsEmpty(t *testing.T) {
	newSmallWorld(t).wantsShape(nil)
}

func allFrom(block string) []ec2types.IpPermission {
	return []ec2types.IpPermission{{IpProtocol: awssdk.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: &block}}}}
}
