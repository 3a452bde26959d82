package vpcpeering

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// fights are things that somebody switches back: how, with which call crossvpc repairs them, and where it says that it
// leaves them alone; without a condition an event says it.
var fights = map[string]struct {
	edit      func(*world, *v1alpha1.VPCPeering)
	undo      func(*world, *v1alpha1.VPCPeering)
	condition string
	said      string
}{
	"a DNS option that is turned off": {
		func(_ *world, object *v1alpha1.VPCPeering) { object.Spec.Requester.DNSResolution = v1alpha1.DNSEnabled },
		func(w *world, object *v1alpha1.VPCPeering) { w.setDNSByHand(object, false) },
		v1alpha1.ConditionDNSReady, "public host names",
	},
	"a DNS option that is turned on": {
		func(*world, *v1alpha1.VPCPeering) {},
		func(w *world, object *v1alpha1.VPCPeering) { w.setDNSByHand(object, true) },
		v1alpha1.ConditionDNSReady, "public host names",
	},
	"a tag of spec.tags on the connection": {
		func(_ *world, object *v1alpha1.VPCPeering) {
			object.Spec.Tags = map[string]v1alpha1.TagValue{"cost": "net"}
		},
		func(w *world, object *v1alpha1.VPCPeering) { w.untag("cost", object.Status.PeeringConnectionID) },
		"", "pcx-",
	},
	"a tag of spec.tags on a rule": {
		func(_ *world, object *v1alpha1.VPCPeering) {
			object.Spec.Tags = map[string]v1alpha1.TagValue{"cost": "net"}
		},
		func(w *world, object *v1alpha1.VPCPeering) {
			w.untag("cost", object.Status.Inventory.Requester.SecurityGroupRules[0].RuleID)
		},
		"", "sgr-",
	},
	"our owner tag on what was adopted": {
		func(w *world, object *v1alpha1.VPCPeering) { object.Spec.Adopt = w.ofTerraform() },
		func(w *world, object *v1alpha1.VPCPeering) {
			w.untag(v1alpha1.TagOwner, object.Spec.Adopt.Requester.SecurityGroupRuleIDs[0])
		},
		v1alpha1.ConditionPeeringActive, "sgr-",
	},
	"a route, while the other side can't be read": {
		func(*world, *v1alpha1.VPCPeering) {},
		func(w *world, _ *v1alpha1.VPCPeering) {
			denied("DescribeRouteTables")(w, peering.Accepter)
			w.dropRoute(w.pair.Requester, w.pair.Accepter.Blocks[0])
		},
		v1alpha1.ConditionRoutesReady, "rtb-",
	},
}

func TestWhateverIsSwitchedBackAgainAndAgainIsLeftAloneAndSaid(t *testing.T) {
	for name, fight := range fights {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			w.nameHosts()
			object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { fight.edit(w, object) }))
			for round := range mostRepairs + 2 {
				w.clock.toNextSweep()
				w.reconcile(object)       // what was not seen before is tagged now, and that is no repair
				if round <= mostRepairs { // then it is left undone
					fight.undo(w, object)
				}
				w.cloud.ClearJournal()
				w.clock.toNextSweep()
				object = w.reconcile(object)
				if repaired := len(w.writes()) > 0; repaired != (round < mostRepairs) {
					t.Errorf("round %d: it repaired it: %t", round, repaired)
				}
			}
			w.saysFighting(object, fight.condition, fight.said)
			w.clock.advance(time.Hour)
			w.clock.toNextSweep()
			w.cloud.ClearJournal()
			if w.reconcile(object); len(w.writes()) == 0 {
				t.Error("an hour later it is not repaired")
			}
		})
	}
}

func (w *world) saysFighting(object *v1alpha1.VPCPeering, condition, said string) {
	w.t.Helper()
	if condition != "" {
		w.wants(object, condition, metav1.ConditionFalse, v1alpha1.ReasonFighting, said)
		return
	}
	if all := w.events.all(); !strings.Contains(all, v1alpha1.ReasonFighting) || !strings.Contains(all, said) {
		w.t.Errorf("no event says it:\n%s", all)
	}
	if !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) {
		w.t.Error("tags keep it from being Ready")
	}
}

// TestTagsThatAWSRefusesAreNoFight: the right to set them is optional.
func TestTagsThatAWSRefusesAreNoFight(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	allow := w.deny("CreateTags")
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Tags = map[string]v1alpha1.TagValue{"cost": "net"} })
	for range mostRepairs + 2 {
		w.clock.toNextSweep()
		object = w.reconcile(object)
	}
	if w.events.has(v1alpha1.ReasonFighting) {
		t.Errorf("it says that somebody fights:\n%s", w.events.all())
	}
	allow()
	w.clock.toNextSweep()
	w.settle(object)
	if shape := strings.Join(w.shape(), "\n"); !strings.Contains(shape, "cost=net") {
		t.Errorf("once allowed it is not tagged:\n%s", shape)
	}
}

func (w *world) untag(key string, ids ...string) {
	w.t.Helper()
	if _, err := w.ec2(w.pair.Requester).DeleteTags(w.t.Context(), &ec2.DeleteTagsInput{Resources: ids, Tags: []ec2types.Tag{{Key: &key}}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) setDNSByHand(object *v1alpha1.VPCPeering, on bool) {
	w.t.Helper()
	_, err := w.ec2(w.pair.Requester).ModifyVpcPeeringConnectionOptions(w.t.Context(), &ec2.ModifyVpcPeeringConnectionOptionsInput{
		VpcPeeringConnectionId:            &object.Status.PeeringConnectionID,
		RequesterPeeringConnectionOptions: &ec2types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: &on},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestWhatIsSwitchedBackBesideALastingConflictIsLeftAloneToo: the step was not in place, and each repair was taken for a first one.
func TestWhatIsSwitchedBackBesideALastingConflictIsLeftAloneToo(t *testing.T) {
	for name, seen := range map[string]bool{"after a read has shown it": true, "before any read shows it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			w.routeByHand(w.pair.Accepter, w.pair.Accepter.Tables[1], w.pair.Requester.Blocks[0])
			object := w.reconcile(w.peering("eu-us", nil))
			w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonRouteConflict, w.pair.Accepter.Tables[1])
			repaired := 0
			for round := range 3 * mostRepairs {
				w.clock.toNextSweep()
				if round == 0 || seen {
					w.reconcile(object)
				}
				if repaired == round { // else it is left undone
					w.dropRoute(w.pair.Requester, w.pair.Accepter.Blocks[0])
				}
				w.cloud.ClearJournal()
				w.clock.toNextSweep()
				object = w.reconcile(object)
				if len(w.cloud.Journal(awssim.Query{Action: "CreateRoute"})) > 0 {
					repaired++
				}
			}
			if repaired != mostRepairs {
				t.Errorf("repaired %d times", repaired)
			}
			for _, table := range []string{w.pair.Requester.Tables[0], w.pair.Accepter.Tables[1]} { // the conflict as well
				w.saysFighting(object, v1alpha1.ConditionRoutesReady, table)
			}
			w.remove(object)
		})
	}
}

// TestWhatAWSRefusesIsNoFight: nobody undoes what is not made.
func TestWhatAWSRefusesIsNoFight(t *testing.T) {
	for name, code := range map[string]string{"throttled": "RequestLimitExceeded", "the quota is full": "VpcPeeringConnectionLimitExceeded"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			object := w.settle(w.peering("eu-us", nil))
			w.deleteByHand(object.Status.PeeringConnectionID)
			w.restartWith(w.kube, w.plainHTTP())
			w.failAlways("CreateVpcPeeringConnection", code, "Not now.")
			for range mostRepairs + 2 {
				w.clock.toNextSweep()
				object = w.reconcile(object)
			}
			if active := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionPeeringActive); active.Reason == v1alpha1.ReasonFighting {
				t.Errorf("it says that somebody fights: %s", describe(active))
			}
			w.cloud.RemoveFault("")
			w.remove(w.settle(object))
			w.wantsShape(nil)
		})
	}
}

// TestAPersonWhoAsksAgainGetsAsManyRepairs: the first of them may be refused.
func TestAPersonWhoAsksAgainGetsAsManyRepairs(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	was := w.shape()
	for range mostRepairs + 1 {
		w.undo()
		object = w.reconcile(object)
	}
	w.saysFighting(object, v1alpha1.ConditionRoutesReady, w.pair.Requester.Tables[0])
	w.ask(object)
	w.failAlways("CreateRoute", "IncorrectState", "Not now.")
	w.reconcile(object)
	w.cloud.RemoveFault("")
	w.clock.toNextSweep()
	w.settle(object)
	w.wantsShape(was)
	for range mostRepairs - 1 { // one was made with the attempt
		w.undo()
		w.clock.toNextSweep()
		w.reconcile(object)
		w.wantsShape(was)
	}
}

// TestTagsThatAWSShowsLateAreNoFight: they are there, and no read says so yet.
func TestTagsThatAWSShowsLateAreNoFight(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.clock.toNextSweep()
	object = w.reconcile(object)
	w.tagsLag("security-group-rule", (mostRepairs+1)*time.Minute+30*time.Second)
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Tags = map[string]v1alpha1.TagValue{"cost": "net"} })
	for range mostRepairs + 4 {
		w.reconcile(object)
		w.clock.toNextSweep()
	}
	if w.events.has(v1alpha1.ReasonFighting) {
		t.Errorf("it says that somebody fights:\n%s", w.events.all())
	}
	if shape := strings.Join(w.shape(), "\n"); !strings.Contains(shape, "cost=net") {
		t.Errorf("it is not tagged:\n%s", shape)
	}
}
