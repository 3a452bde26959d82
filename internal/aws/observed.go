package aws

import (
	"cmp"
	"net/netip"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// prefix is the canonical prefix of what EC2 wrote, the zero prefix of what is
// none. Emulators give host bits back that AWS masks.
func prefix(text *string) netip.Prefix {
	parsed, err := netip.ParsePrefix(awssdk.ToString(text))
	if err != nil {
		return netip.Prefix{}
	}
	return parsed.Masked()
}

func vpcOf(in ec2types.Vpc) peering.VPC {
	vpc := peering.VPC{
		ID:      awssdk.ToString(in.VpcId),
		OwnerID: awssdk.ToString(in.OwnerId),
		Primary: prefix(in.CidrBlock),
	}
	if control := in.EncryptionControl; control != nil {
		vpc.Encryption = peering.Encryption{Mode: string(control.Mode), State: string(control.State)}
		if exclusions := control.ResourceExclusions; exclusions != nil && exclusions.VpcPeering != nil {
			vpc.Encryption.PeeringExclusion = string(exclusions.VpcPeering.State)
		}
	}
	for _, block := range in.CidrBlockAssociationSet {
		vpc.Blocks = appendBlock(vpc.Blocks, block.CidrBlock, block.CidrBlockState)
	}
	for _, block := range in.Ipv6CidrBlockAssociationSet {
		vpc.Blocks = appendBlock(vpc.Blocks, block.Ipv6CidrBlock, block.Ipv6CidrBlockState)
	}
	return vpc
}

func appendBlock(blocks []peering.Block, text *string, state *ec2types.VpcCidrBlockState) []peering.Block {
	// An IPv6 block that is still being assigned has no address yet.
	block := peering.Block{Prefix: prefix(text)}
	if !block.Prefix.IsValid() {
		return blocks
	}
	if state != nil {
		block.State = string(state.State)
	}
	return append(blocks, block)
}

func connectionOf(in ec2types.VpcPeeringConnection) peering.Connection {
	connection := peering.Connection{
		ID:        awssdk.ToString(in.VpcPeeringConnectionId),
		Requester: endOf(in.RequesterVpcInfo),
		Accepter:  endOf(in.AccepterVpcInfo),
		Tags:      tagMap(in.Tags),
	}
	if in.Status != nil {
		connection.State = peering.ConnectionState(in.Status.Code)
		connection.StatusMessage = awssdk.ToString(in.Status.Message)
	}
	return connection
}

func endOf(in *ec2types.VpcPeeringConnectionVpcInfo) peering.ConnectionEnd {
	if in == nil {
		return peering.ConnectionEnd{}
	}
	end := peering.ConnectionEnd{
		Account: awssdk.ToString(in.OwnerId),
		Region:  awssdk.ToString(in.Region),
		VPC:     awssdk.ToString(in.VpcId),
	}
	for _, block := range in.CidrBlockSet {
		end.Blocks = append(end.Blocks, prefix(block.CidrBlock))
	}
	for _, block := range in.Ipv6CidrBlockSet {
		end.Blocks = append(end.Blocks, prefix(block.Ipv6CidrBlock))
	}
	if in.PeeringOptions != nil {
		end.DNSResolution = in.PeeringOptions.AllowDnsResolutionFromRemoteVpc
	}
	return end
}

func routeTableOf(in ec2types.RouteTable) peering.RouteTable {
	table := peering.RouteTable{
		ID:    awssdk.ToString(in.RouteTableId),
		VPC:   awssdk.ToString(in.VpcId),
		Owner: awssdk.ToString(in.OwnerId),
		Tags:  tagMap(in.Tags),
	}
	for _, association := range in.Associations {
		if !inForce(association.AssociationState) {
			continue
		}
		table.Main = table.Main || awssdk.ToBool(association.Main)
		table.Edge = table.Edge || awssdk.ToString(association.GatewayId) != ""
		if subnet := awssdk.ToString(association.SubnetId); subnet != "" {
			table.Subnets = append(table.Subnets, subnet)
		}
	}
	for _, route := range in.Routes {
		table.Routes = append(table.Routes, routeOf(route))
	}
	return table
}

// inForce tells whether an association counts; without a state it does.
func inForce(state *ec2types.RouteTableAssociationState) bool {
	if state == nil {
		return true
	}
	switch state.State {
	case "", ec2types.RouteTableAssociationStateCodeAssociated, ec2types.RouteTableAssociationStateCodeAssociating:
		return true
	default:
		return false
	}
}

func routeOf(in ec2types.Route) peering.Route {
	return peering.Route{
		Destination:  prefix(cmp.Or(in.DestinationCidrBlock, in.DestinationIpv6CidrBlock)),
		PrefixListID: awssdk.ToString(in.DestinationPrefixListId),
		Target:       target(in),
		State:        string(in.State),
		Origin:       string(in.Origin),
	}
}

// target is the id of where a route leads. A route to an instance names its
// interface too; GatewayId is "local" or an igw-, vgw- or vpce- id.
func target(in ec2types.Route) string {
	return awssdk.ToString(cmp.Or(
		in.VpcPeeringConnectionId, in.GatewayId, in.NatGatewayId, in.TransitGatewayId,
		in.NetworkInterfaceId, in.InstanceId, in.EgressOnlyInternetGatewayId,
		in.CarrierGatewayId, in.LocalGatewayId, in.CoreNetworkArn, in.OdbNetworkArn))
}

func groupOf(in ec2types.SecurityGroup) peering.SecurityGroup {
	return peering.SecurityGroup{
		ID:    awssdk.ToString(in.GroupId),
		Owner: awssdk.ToString(in.OwnerId),
		Name:  awssdk.ToString(in.GroupName),
		VPC:   awssdk.ToString(in.VpcId),
		Tags:  tagMap(in.Tags),
	}
}

// ruleOf leaves Source the zero prefix for rules about a prefix list or a group.
func ruleOf(in ec2types.SecurityGroupRule) peering.SecurityGroupRule {
	rule := peering.SecurityGroupRule{
		ID:           awssdk.ToString(in.SecurityGroupRuleId),
		GroupID:      awssdk.ToString(in.GroupId),
		Egress:       awssdk.ToBool(in.IsEgress),
		Source:       prefix(cmp.Or(in.CidrIpv4, in.CidrIpv6)),
		PrefixListID: awssdk.ToString(in.PrefixListId),
		Protocol:     awssdk.ToString(in.IpProtocol),
		FromPort:     port(in.FromPort),
		ToPort:       port(in.ToPort),
		Tags:         tagMap(in.Tags),
	}
	if in.ReferencedGroupInfo != nil {
		rule.ReferencedGroupID = awssdk.ToString(in.ReferencedGroupInfo.GroupId)
	}
	return rule
}

// port is -1 where ports don't apply; EC2 then says -1 or nothing.
func port(in *int32) int32 {
	if in == nil {
		return -1
	}
	return *in
}
