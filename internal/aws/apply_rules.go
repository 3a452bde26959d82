package aws

import (
	"context"
	"errors"
	"maps"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// authorizeRules adds all rules in one call. One that is there already fails the
// whole call, so they are then tried one by one and the duplicates passed over.
func authorizeRules(ctx context.Context, api *ec2.Client, a peering.AuthorizeRules) (Outcome, error) {
	made, err := authorize(ctx, api, a, a.Rules)
	if len(a.Rules) < 2 || !duplicate(err) {
		return Outcome{RuleIDs: made}, err
	}
	out := Outcome{RuleIDs: map[peering.Ingress]string{}, Stale: true}
	var errs []error
	for _, rule := range a.Rules {
		made, err := authorize(ctx, api, a, []peering.Ingress{rule})
		maps.Copy(out.RuleIDs, made)
		if !duplicate(err) {
			errs = append(errs, err)
		}
	}
	return out, errors.Join(errs...)
}

func duplicate(err error) bool { return Classify(err).Is("InvalidPermission.Duplicate") }

func authorize(ctx context.Context, api *ec2.Client, a peering.AuthorizeRules, rules []peering.Ingress) (map[peering.Ingress]string, error) {
	permissions := make([]ec2types.IpPermission, 0, len(rules))
	for _, rule := range rules {
		permissions = append(permissions, permission(rule, description(a.Tags)))
	}
	answers, err := authorizeIn(ctx, api, a, permissions)
	if err != nil {
		return nil, err
	}
	made := make(map[peering.Ingress]string, len(answers))
	for _, answer := range answers {
		rule := ruleOf(answer)
		made[asAsked(rules, rule)] = rule.ID
	}
	return made, nil
}

// authorizeIn makes the call of the rules' direction.
func authorizeIn(ctx context.Context, api *ec2.Client, a peering.AuthorizeRules, permissions []ec2types.IpPermission) ([]ec2types.SecurityGroupRule, error) {
	tags := tagSpecification(ec2types.ResourceTypeSecurityGroupRule, a.Tags)
	if a.Egress {
		out, err := api.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{GroupId: &a.GroupID, IpPermissions: permissions, TagSpecifications: tags})
		if err != nil {
			return nil, err
		}
		return out.SecurityGroupRules, nil
	}
	out, err := api.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &a.GroupID, IpPermissions: permissions, TagSpecifications: tags})
	if err != nil {
		return nil, err
	}
	return out.SecurityGroupRules, nil
}

// asAsked is the asked-for rule that EC2 made; EC2 writes protocol 6 as tcp and
// knows no ports for most protocols.
func asAsked(rules []peering.Ingress, made peering.SecurityGroupRule) peering.Ingress {
	for _, rule := range rules {
		if rule.Source.Masked() == made.Source && sameTraffic(rule, made) {
			return rule
		}
	}
	return peering.Ingress{Source: made.Source, Protocol: made.Protocol, FromPort: made.FromPort, ToPort: made.ToPort}
}

func sameTraffic(rule peering.Ingress, made peering.SecurityGroupRule) bool {
	if protocol(rule.Protocol) != protocol(made.Protocol) {
		return false
	}
	return !hasPorts(rule.Protocol) || rule.FromPort == made.FromPort && rule.ToPort == made.ToPort
}

// hasPorts tells the protocols for which EC2 keeps ports, or ICMP types and
// codes; any other opens all ports whatever is sent (EC2 API, IpPermission).
func hasPorts(name string) bool {
	switch protocol(name) {
	case "tcp", "udp", "icmp", "icmpv6":
		return true
	default:
		return false
	}
}

func protocol(name string) string {
	switch name = strings.ToLower(name); name {
	case "1":
		return "icmp"
	case "6":
		return "tcp"
	case "17":
		return "udp"
	case "58":
		return "icmpv6"
	default:
		return name
	}
}

func permission(rule peering.Ingress, description string) ec2types.IpPermission {
	p := ec2types.IpPermission{IpProtocol: awssdk.String(rule.Protocol)}
	if hasPorts(rule.Protocol) {
		p.FromPort, p.ToPort = awssdk.Int32(rule.FromPort), awssdk.Int32(rule.ToPort)
	}
	cidr := awssdk.String(rule.Source.String())
	if rule.Source.Addr().Is4() {
		p.IpRanges = []ec2types.IpRange{{CidrIp: cidr, Description: awssdk.String(description)}}
	} else {
		p.Ipv6Ranges = []ec2types.Ipv6Range{{CidrIpv6: cidr, Description: awssdk.String(description)}}
	}
	return p
}

// revokeRules goes by id: by property, EC2 revokes the equal rule of another
// owner, or nothing at all and says so in a field (EC2 API, RevokeSecurityGroupIngress).
func revokeRules(ctx context.Context, api *ec2.Client, a peering.RevokeRules) error {
	if a.Egress {
		_, err := api.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: &a.GroupID, SecurityGroupRuleIds: a.RuleIDs})
		return err
	}
	_, err := api.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId:              awssdk.String(a.GroupID),
		SecurityGroupRuleIds: a.RuleIDs,
	})
	return err
}
