package aws

import (
	"cmp"
	"context"
	"fmt"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// topology is one shared answer. A denial is one too: asking again at each sweep,
// for each peering, would not change it.
type topology struct {
	byVPC  map[string][]peering.NetworkACL
	denied error
}

// NetworkACLs are those of a VPC, asked for at notBefore or later. The answer is shared and must not be changed.
func (r *Reader) NetworkACLs(ctx context.Context, vpcID string, notBefore time.Time) ([]peering.NetworkACL, error) {
	found, _, err := r.acls.get(ctx, notBefore, []string{vpcID})
	if err = cmp.Or(err, found.denied); err != nil {
		return nil, fmt.Errorf("reading the network ACLs of %s: %w", vpcID, err)
	}
	acls := found.byVPC[vpcID]
	if acls == nil {
		acls = []peering.NetworkACL{}
	}
	return acls, nil
}

func (r *Reader) readNetworkACLs(ctx context.Context, vpcs []string) (topology, error) {
	found, err := inChunks(ctx, "vpc-id", vpcs, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.NetworkAcl, error) {
		pages := ec2.NewDescribeNetworkAclsPaginator(r.api, &ec2.DescribeNetworkAclsInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeNetworkAclsOutput) []ec2types.NetworkAcl { return out.NetworkAcls })
	})
	if err != nil && Classify(err).Denied {
		return topology{denied: err}, nil
	}
	return topology{byVPC: grouped(found, aclOf, func(a peering.NetworkACL) string { return a.VPC })}, err
}

func aclOf(in ec2types.NetworkAcl) peering.NetworkACL {
	acl := peering.NetworkACL{ID: awssdk.ToString(in.NetworkAclId), VPC: awssdk.ToString(in.VpcId)}
	for _, association := range in.Associations {
		acl.Subnets = append(acl.Subnets, awssdk.ToString(association.SubnetId))
	}
	for _, entry := range in.Entries {
		acl.Entries = append(acl.Entries, entryOf(entry))
	}
	return acl
}

func entryOf(in ec2types.NetworkAclEntry) peering.ACLEntry {
	entry := peering.ACLEntry{
		Number:   awssdk.ToInt32(in.RuleNumber),
		Egress:   awssdk.ToBool(in.Egress),
		Allow:    in.RuleAction == ec2types.RuleActionAllow,
		Block:    prefix(cmp.Or(in.CidrBlock, in.Ipv6CidrBlock)),
		Protocol: awssdk.ToString(in.Protocol),
		FromPort: -1, ToPort: -1, ICMPType: -1, ICMPCode: -1,
	}
	if in.PortRange != nil {
		entry.FromPort, entry.ToPort = port(in.PortRange.From), port(in.PortRange.To)
	}
	if in.IcmpTypeCode != nil {
		entry.ICMPType, entry.ICMPCode = port(in.IcmpTypeCode.Type), port(in.IcmpTypeCode.Code)
	}
	return entry
}
