package vpcpeering

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestARuleThatTwoObjectsWantIsNeverAbsent: EC2 takes an identical rule once for a group, so the second object relies on the first one's.
func TestARuleThatTwoObjectsWantIsNeverAbsent(t *testing.T) {
	for name, leave := range map[string]func(*world, *v1alpha1.VPCPeering){
		"the first is deleted": func(w *world, first *v1alpha1.VPCPeering) { w.remove(first) },
		"the first is narrowed": func(w *world, first *v1alpha1.VPCPeering) {
			w.edit(first, func(now *v1alpha1.VPCPeering) {
				now.Spec.Requester.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: new(int32(443)), ToPort: new(int32(443))}}
			})
			w.settle(first)
		},
		"the first excludes the block": func(w *world, first *v1alpha1.VPCPeering) {
			w.edit(first, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.12.0.0/16"} })
			w.settle(first)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			first, second := w.twoOfOneBlock()
			group := w.pair.Requester.Groups[scene.PodGroup]
			w.cloud.ClearJournal()
			leave(w, first)
			for _, call := range w.cloud.Journal(awssim.Query{Action: "RevokeSecurityGroupIngress"}) {
				if call.Parameters["GroupId"] == group {
					t.Errorf("the rule that the other wants was revoked: %v", call.Parameters)
				}
			}
			owned := slices.ContainsFunc(w.rulesOf(w.pair.Requester), func(line string) bool {
				return strings.Contains(line, group+" admits -1 10.12.0.0/16") && strings.Contains(line, "/"+second.Name)
			})
			if !owned {
				t.Errorf("the rule is not the second one's: %v", w.rulesOf(w.pair.Requester))
			}
			w.clock.toNextSweep()
			w.wants(w.reconcile(second), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
			w.remove(second)
			w.delete(first)
			w.until(first, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			w.wantsShape(nil)
		})
	}
}

// twoOfOneBlock are two peerings of the requester with VPCs that have the same block, each with a route table of its own.
func (w *world) twoOfOneBlock() (first, second *v1alpha1.VPCPeering) {
	w.t.Helper()
	spec := scene.CanonicalAccepter()
	spec.Name, spec.Blocks, spec.Zones, spec.Tables, spec.Groups = "third", spec.Blocks[:1], 1, 2, []string{scene.PodGroup}
	third, err := scene.AddNetwork(w.t.Context(), w.accounts, spec)
	if err != nil {
		w.t.Fatal(err)
	}
	tables := w.pair.Requester.Tables
	first = w.settle(w.peering("first", func(object *v1alpha1.VPCPeering) { object.Spec.Requester.Routes.RouteTableIDs = tables[:1] }))
	second = w.settle(w.peering("second", func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter = w.side("us", third)
		object.Spec.Requester.Routes.RouteTableIDs = tables[1:]
	}))
	return first, second
}

func TestARuleThatMayNotBeHandedOverStaysAndIsNamed(t *testing.T) {
	w := newSmallWorld(t)
	first, second := w.twoOfOneBlock()
	rule := first.Status.Inventory.Requester.SecurityGroupRules[0].RuleID
	w.deny("CreateTags")
	w.remove(first)
	if !w.events.has("LeftOver") || !w.events.has(rule) {
		t.Errorf("no event names %s:\n%s", rule, w.events.all())
	}
	w.clock.toNextSweep()
	w.wants(w.reconcile(second), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
}

func TestARuleThatIsHandedOverLosesItsFormerTagsWhereThatIsAllowed(t *testing.T) {
	for name, denied := range map[string]bool{"allowed": false, "not allowed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			first, _ := w.twoOfOneBlock()
			w.edit(first, func(now *v1alpha1.VPCPeering) { now.Spec.Tags = map[string]v1alpha1.TagValue{"team": "first"} })
			first = w.settle(first)
			rule := first.Status.Inventory.Requester.SecurityGroupRules[0].RuleID
			if _, tagged := w.tagsOfRule(rule)["team"]; !tagged {
				t.Fatal("the rule does not have the tags of the first one")
			}
			if denied {
				w.deny("DeleteTags")
			}
			w.remove(first)
			tags := w.tagsOfRule(rule)
			if _, stays := tags["team"]; stays != denied || !strings.HasSuffix(tags[v1alpha1.TagOwner], "/second") {
				t.Errorf("the second one's rule has %v", tags)
			}
		})
	}
}

func (w *world) tagsOfRule(id string) map[string]string {
	w.t.Helper()
	out, err := w.ec2(w.pair.Requester).DescribeSecurityGroupRules(w.t.Context(), &ec2.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{id}})
	if err != nil {
		w.t.Fatal(err)
	}
	tags := map[string]string{}
	for _, tag := range out.SecurityGroupRules[0].Tags {
		tags[*tag.Key] = *tag.Value
	}
	return tags
}
