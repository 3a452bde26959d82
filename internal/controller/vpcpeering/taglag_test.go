package vpcpeering

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// tagsLag: what is made shows at once, and its tags only later.
func (w *world) tagsLag(kind string, by time.Duration) {
	timing := awssim.Instant()
	timing.KindLag = map[string]awssim.Lag{kind + "/tags": {Own: awssim.Duration(by), Remote: awssim.Duration(by)}}
	w.cloud.SetTiming(timing)
}

func TestA4RulesWhoseTagsShowLateAreOursAndNotLeftBehind(t *testing.T) {
	for name, n := range map[string]int{"their ids are known": 0, "killed before the answer was read": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			w.tagsLag("security-group-rule", 20*time.Second)
			object := w.peering("eu-us", nil)
			if n > 0 {
				w.killedAfter(object, "AuthorizeSecurityGroupIngress")
			}
			object = w.settle(object)
			for _, side := range []v1alpha1.SideInventory{object.Status.Inventory.Requester, object.Status.Inventory.Accepter} {
				if rules := side.SecurityGroupRules; len(rules) != 1 || rules[0].State != v1alpha1.InventoryPending {
					t.Errorf("the record is %+v, want one rule that is not confirmed", rules)
				}
			}
			w.cloud.ClearJournal()
			w.delete(object)
			w.wants(w.reconcile(object), v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonDeleting, "Waiting for AWS to show the tags of these resources, which say who owns them: sgr-")
			if revoked := w.cloud.Journal(awssim.Query{Action: "RevokeSecurityGroupIngress"}); len(revoked) > 0 {
				t.Error("revoked before it was seen whose they are")
			}
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			w.clock.advance(time.Minute)
			w.wantsShape(nil)
		})
	}
}

func TestA4RulesWhoseTagsShowLateAreConfirmedOnceTheyDo(t *testing.T) {
	w := newSmallWorld(t)
	w.tagsLag("security-group-rule", 20*time.Second)
	object := w.settle(w.peering("eu-us", nil))
	w.clock.advance(time.Minute)
	object = w.settle(object)
	if rules := object.Status.Inventory.Requester.SecurityGroupRules; len(rules) != 1 || rules[0].State != v1alpha1.InventoryCreated || rules[0].RuleID == "" {
		t.Errorf("the record is %+v, want one rule that was seen", rules)
	}
	w.remove(object)
	w.wantsShape(nil)
}

func TestA4ARuleWhoseTagsSomebodyRemovedStaysAndIsNamed(t *testing.T) {
	ownerTag := []ec2types.Tag{{Key: awssdk.String(v1alpha1.TagOwner)}}
	for name, test := range map[string]struct {
		tags []ec2types.Tag // nil: all
		// after is what happens to the object before it is deleted.
		after func(*world, *v1alpha1.VPCPeering) *v1alpha1.VPCPeering
	}{
		"all of them":                                            {},
		"the owner's alone, and status was lost":                 {ownerTag, func(w *world, object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering { return w.forget(object) }},
		"the owner's alone, and it was Ready again without them": {ownerTag, func(w *world, object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering { return w.settle(w.forget(object)) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			object := w.settle(w.peering("eu-us", nil))
			rule := object.Status.Inventory.Requester.SecurityGroupRules[0].RuleID
			if _, err := w.ec2(w.pair.Requester).DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{rule}, Tags: test.tags}); err != nil {
				t.Fatal(err)
			}
			if test.after != nil {
				object = test.after(w, object)
			}
			w.delete(object)
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			if shape := w.shape(); len(shape) != 1 || !strings.Contains(shape[0], "admits") {
				t.Errorf("left are %q, want the rule", shape)
			}
			if !w.events.has("LeftOver") || !w.events.has(rule) {
				t.Errorf("no event names %s:\n%s", rule, w.events.all())
			}
		})
	}
}

func TestA2AConnectionWhoseTagsShowLateIsOursAndNotLeftBehind(t *testing.T) {
	for name, killed := range map[string]bool{"its id is known": false, "killed before its id was written down": true} {
		for end, deleted := range map[string]bool{"deleted at once": true, "deleted when Ready": false} {
			t.Run(name+", "+end, func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				w.tagsLag("vpc-peering-connection", 20*time.Second)
				object := w.peering("eu-us", nil)
				if killed {
					w.killedAfter(object, "CreateVpcPeeringConnection")
				}
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonProgressing, "Waiting for AWS to show the tags of pcx-")
				if !deleted {
					object = w.settle(object)
				}
				w.remove(object)
				w.clock.advance(time.Minute)
				w.wantsShape(nil)
			})
		}
	}
}

func TestTheAcceptersViewIsTaggedOnceASweepHoweverManyPassesFindItsTagsMissing(t *testing.T) {
	w := newSmallWorld(t)
	w.tagsLag("vpc-peering-connection", 3*time.Minute)
	w.clock.toNextSweep()
	object := w.settle(w.peering("eu-us", nil))
	for sweep := range 2 {
		for range 5 {
			object = w.reconcile(object)
		}
		if tagged := w.cloud.Journal(awssim.Query{Action: "CreateTags"}); len(tagged) != sweep+1 {
			t.Errorf("%d calls of CreateTags in %d sweeps", len(tagged), sweep+1)
		}
		w.clock.toNextSweep()
	}
}
