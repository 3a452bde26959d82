package policies

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// ruleProofs are of what is done to security groups and their rules. AWS asks for the rule only where it is made with
// tags, and has no condition on the VPC of a rule: hence the tags.
var ruleProofs = map[string]proof{
	"GroupRules": {
		makeAndRevoke,
		refusals{
			"a group of another VPC": func(w *world) error {
				_, err := authorize(w.ctx, w.me, w.group(w.other), ours())
				return err
			},
			"to revoke there": revokeThere,
			"a rule that lets out": func(w *world) error {
				_, err := w.me.ec2.AuthorizeSecurityGroupEgress(w.ctx, &ec2.AuthorizeSecurityGroupEgressInput{GroupId: new(w.group(w.own))})
				return err
			},
		},
	},
	"EgressRules": {
		func(w *world) error {
			group := w.group(w.own)
			made, err := letOut(w.ctx, w.me, group, ours())
			if err != nil {
				return err
			}
			return w.unlet(group, *made.SecurityGroupRules[0].SecurityGroupRuleId)
		},
		refusals{
			"a group of another VPC": func(w *world) error {
				_, err := letOut(w.ctx, w.me, w.group(w.other), ours())
				return err
			},
			"to revoke there": func(w *world) error {
				group := w.group(w.other)
				made, err := letOut(w.ctx, w.owner, group, ours())
				w.ok(err)
				return w.unlet(group, *made.SecurityGroupRules[0].SecurityGroupRuleId)
			},
		},
	},
	"TaggedEgressRules": {
		newEgressRule,
		refusals{
			"in the name of another installation": func(w *world) error {
				_, err := letOut(w.ctx, w.me, w.group(w.own), theirs())
				return err
			},
			"with tags that name no installation": func(w *world) error {
				_, err := letOut(w.ctx, w.me, w.group(w.own), map[string]string{"Name": "x"})
				return err
			},
		},
	},
	"TagNewEgressRules": {
		newEgressRule,
		refusals{"to mark a rule that somebody made": func(w *world) error { return tag(w.ctx, w.me, w.rule(w.own, nil), ours()) }},
	},
	"GroupRulesOfSharedVPC": {
		makeAndRevoke,
		refusals{
			"a group of a VPC of the account itself": func(w *world) error {
				_, err := authorize(w.ctx, w.me, w.group(w.other), ours())
				return err
			},
			"to revoke there":               revokeThere,
			"a route, which is the owner's": func(w *world) error { return w.unroute("rtb-0123456789abcdef0") },
		},
	},
	"TaggedGroupRules": {
		newRule,
		refusals{
			"in the name of another installation": func(w *world) error {
				_, err := authorize(w.ctx, w.me, w.group(w.own), theirs())
				return err
			},
			"with tags that name no installation": func(w *world) error {
				_, err := authorize(w.ctx, w.me, w.group(w.own), map[string]string{"Name": "x"})
				return err
			},
		},
	},
	"TagNewGroupRules": {
		newRule,
		refusals{"to mark a rule that somebody made": func(w *world) error { return tag(w.ctx, w.me, w.rule(w.own, nil), ours()) }},
	},
	"OwnGroupRules": {
		func(w *world) error {
			rule := w.rule(w.own, ours(peerVPC, w.peer, "old", "1"))
			return errors.Join(tag(w.ctx, w.me, rule, map[string]string{"team": "network"}), untag(w.ctx, w.me, rule, "old"))
		},
		refusals{
			"a rule of somebody": func(w *world) error {
				return tag(w.ctx, w.me, w.rule(w.own, nil), map[string]string{"team": "network"})
			},
			"to take somebody's tags": func(w *world) error { return untag(w.ctx, w.me, w.rule(w.own, theirs()), "Name") },
			"a rule for another peer": func(w *world) error {
				return untag(w.ctx, w.me, w.rule(w.own, ours(peerVPC, w.stranger)), "Name")
			},
		},
	},
}

func makeAndRevoke(w *world) error {
	group := w.group(w.own)
	made, err := authorize(w.ctx, w.me, group, ours())
	if err != nil {
		return err
	}
	return w.revoke(group, *made.SecurityGroupRules[0].SecurityGroupRuleId)
}

// revokeThere is of a rule that is there, so that nothing but the policy refuses it.
func revokeThere(w *world) error {
	group := w.group(w.other)
	made, err := authorize(w.ctx, w.owner, group, ours())
	w.ok(err)
	return w.revoke(group, *made.SecurityGroupRules[0].SecurityGroupRuleId)
}

func newRule(w *world) error {
	_, err := authorize(w.ctx, w.me, w.group(w.own), ours(peerVPC, w.peer))
	return err
}

func newEgressRule(w *world) error {
	_, err := letOut(w.ctx, w.me, w.group(w.own), ours(peerVPC, w.peer))
	return err
}

// letOut makes an egress rule beside the one that each new group has.
func letOut(ctx context.Context, by clients, group string, tags map[string]string) (*ec2.AuthorizeSecurityGroupEgressOutput, error) {
	return by.ec2.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{
		GroupId: &group, TagSpecifications: specification(types.ResourceTypeSecurityGroupRule, tags),
		IpPermissions: []types.IpPermission{{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: aws.String("10.12.0.0/16")}}}},
	})
}

func (w *world) unlet(group, rule string) error {
	_, err := w.me.ec2.RevokeSecurityGroupEgress(w.ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: &group, SecurityGroupRuleIds: []string{rule}})
	return err
}

func (w *world) revoke(group, rule string) error {
	_, err := w.me.ec2.RevokeSecurityGroupIngress(w.ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: []string{rule}})
	return err
}
