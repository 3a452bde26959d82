package ec2

import (
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// asked are the parameters that IAM looks at.
type asked struct {
	VpcID        string `query:"VpcId"`
	PeerVpcID    string `query:"PeerVpcId"`
	PeerOwnerID  string `query:"PeerOwnerId"`
	PeerRegion   string `query:"PeerRegion"`
	PeeringID    string `query:"VpcPeeringConnectionId"`
	RouteTableID string `query:"RouteTableId"`
	GroupID      string `query:"GroupId"`
	PrefixListID string `query:"PrefixListId"`
	taggedRequest
}

// taggedRequest are those that CreateTags, DeleteTags and whatever makes something with tags have.
type taggedRequest struct {
	ResourceIDs []string           `query:"ResourceId"`
	Tags        []tagPattern       `query:"Tag"`
	Made        []tagSpecification `query:"TagSpecification"`
}

// accesses are what the actions that change something ask IAM for, as the Service Authorization Reference says
// (docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html): each resource type with an asterisk
// is one more access, and all of them are needed.
var accesses = map[string]func(*Service, *sim.Call, asked) []iam.Access{
	"DescribeVpcAttribute":        func(s *Service, c *sim.Call, in asked) []iam.Access { return []iam.Access{s.onVpc(c, in.VpcID)} },
	"GetManagedPrefixListEntries": func(s *Service, c *sim.Call, in asked) []iam.Access { return []iam.Access{s.on(c, in.PrefixListID)} },

	"CreateRoute":  onRouteTable,
	"ReplaceRoute": onRouteTable,
	"DeleteRoute":  onRouteTable,

	"AuthorizeSecurityGroupIngress": onGroupAndRules,
	"AuthorizeSecurityGroupEgress":  onGroupAndRules,
	"RevokeSecurityGroupIngress":    onGroup,
	"RevokeSecurityGroupEgress":     onGroup,

	"UpdateSecurityGroupRuleDescriptionsIngress": onGroup,
	"UpdateSecurityGroupRuleDescriptionsEgress":  onGroup,

	"CreateVpcPeeringConnection":        onNewPeering,
	"AcceptVpcPeeringConnection":        onAcceptedPeering,
	"RejectVpcPeeringConnection":        onPeering,
	"DeleteVpcPeeringConnection":        onPeering,
	"ModifyVpcPeeringConnectionOptions": onPeering,

	"CreateTags": onTagged,
	"DeleteTags": onTagged,
}

// Accesses implements sim.Service. Parameters that cannot be read are refused before IAM is asked, so nothing is asked.
func (s *Service) Accesses(c *sim.Call) ([]iam.Access, bool) {
	find, special := accesses[c.Action]
	if !special {
		return c.OnEverything(), strings.HasPrefix(c.Action, "Describe")
	}
	var in asked
	if wire.Glance(c.Parameters, &in) != nil {
		return nil, true
	}
	return find(s, c, in), true
}

// on is access to a resource of the place by its id. One that does not exist has no tags and is in no VPC: where a
// policy wants one, the answer is that it is not allowed, not that there is nothing (aws/karpenter-provider-aws#2100).
func (s *Service) on(c *sim.Call, id string) iam.Access {
	kind := "*"
	if k, known := kindOf(s.taggables(c), id); known {
		kind = k.name
	}
	return c.On(c.ARN("ec2", kind+"/"+id), s.tagContext(c, id), s.vpcContext(c, id), s.endsContext(id))
}

func (s *Service) onVpc(c *sim.Call, id string) iam.Access {
	access := s.on(c, id)
	access.Context.Set("ec2:VpcID", id)
	return access
}

func onRouteTable(s *Service, c *sim.Call, in asked) []iam.Access {
	access := s.on(c, in.RouteTableID)
	access.Context.Set("ec2:RouteTableID", in.RouteTableID)
	return []iam.Access{access}
}

func onGroup(s *Service, c *sim.Call, in asked) []iam.Access {
	access := s.on(c, in.GroupID)
	access.Context.Set("ec2:SecurityGroupID", in.GroupID)
	return []iam.Access{access}
}

// onGroupAndRules asks for the rules only where they get tags: "Policies using the security-group-rule resource-level
// permission are only enforced when the API request includes TagSpecifications."
func onGroupAndRules(s *Service, c *sim.Call, in asked) []iam.Access {
	return append(onGroup(s, c, in), in.makes(c, ruleType)...)
}
