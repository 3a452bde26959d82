package vpcpeering

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// awayOwners are ways in which the network of a shared side stops to be reachable before any call to AWS.
var awayOwners = map[string]struct {
	lose   func(*sharedWorld)
	reason string
	// kept is true where the participant's rules are repaired all the same.
	kept bool
}{
	"the owner's AWSIdentity is gone": {
		func(w *sharedWorld) { lostSides["its AWSIdentity is gone"].lose(w.world, peering.Accepter) }, v1alpha1.ReasonIdentityNotFound, true,
	},
	"the owner's AWSIdentity is not Ready": {
		func(w *sharedWorld) { lostSides["its AWSIdentity is not Ready"].lose(w.world, peering.Accepter) }, v1alpha1.ReasonPermissionDenied, true,
	},
	"the PeeredCluster is gone": {
		func(w *sharedWorld) {
			cluster := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "us-" + w.namespace}}
			if err := w.kube.Delete(w.t.Context(), cluster); err != nil {
				w.t.Fatal(err)
			}
		}, v1alpha1.ReasonClusterNotFound, false,
	},
	"both AWSIdentities are not Ready": {
		func(w *sharedWorld) {
			lostSides["its AWSIdentity is not Ready"].lose(w.world, peering.Accepter)
			w.identities["us"] = w.identities["team"]
			lostSides["its AWSIdentity is not Ready"].lose(w.world, peering.Accepter)
		}, v1alpha1.ReasonPermissionDenied, false,
	},
	"the owner's AWSIdentity is gone, and the participant admits the namespace no more": {
		func(w *sharedWorld) {
			lostSides["its AWSIdentity is gone"].lose(w.world, peering.Accepter)
			w.setAllowed("team", func(i *v1alpha1.AWSIdentity) { i.Spec.AllowedNamespaces.Names = nil })
		}, v1alpha1.ReasonNamespaceNotAllowed, false,
	},
}

func TestA11InASharedVPCRulesAreKeptUpOrKeptOnRecordWhileTheOwnerIsAway(t *testing.T) {
	for name, in := range awayOwners {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSharedWorld(t)
			cluster := w.makeCluster("us", w.pair.Accepter, nil)
			object := w.until(w.shared(func(object *v1alpha1.VPCPeering) {
				object.Spec.Accepter.ClusterRefs = []v1alpha1.LocalName{{Name: cluster.Name}}
			}), func(now *v1alpha1.VPCPeering) bool {
				return meta.IsStatusConditionTrue(now.Status.Conditions, v1alpha1.ConditionRoutesReady)
			})
			in.lose(w)
			w.dropRules()
			w.cloud.ClearJournal()
			w.clock.toNextSweep()
			object = w.reconcile(object)
			w.wants(object, v1alpha1.ConditionIdentitiesReady, metav1.ConditionFalse, in.reason, "")
			if calls := w.cloud.Journal(awssim.Query{Service: "ec2", Account: operatorAccount}); len(calls) > 0 {
				t.Errorf("EC2 was called with the operator's own credentials: %s", calls[0].Action)
			}
			if got := len(object.Status.Inventory.Accepter.SecurityGroupRules); got != 1 {
				t.Errorf("%d rules are on record: %s", got, sentences(object))
			}
			if got := w.rules() == 1; got != in.kept {
				t.Errorf("the participant's rule is there: %t, want %t: %s", got, in.kept, sentences(object))
			}
		})
	}
}

// A status may name an identity that the spec does not: nobody acts through it.
func TestA10InASharedVPCThePinAloneLetsNobodyActOnGroups(t *testing.T) {
	w := newSharedWorld(t)
	object := w.settle(w.shared(nil))
	w.makeIdentity("other", participantAccount)
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Accepter.SecurityGroups.IdentityRef.Name = w.identities["other"]
	})
	lostSides["its AWSIdentity is gone"].lose(w.world, peering.Accepter)
	w.dropRules()
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	if w.rules() != 0 || len(object.Status.Inventory.Accepter.SecurityGroupRules) != 1 {
		t.Errorf("there are %d rules, on record %v", w.rules(), object.Status.Inventory.Accepter.SecurityGroupRules)
	}
}

func TestA10NobodyActsWithCredentialsThatWereNotResolved(t *testing.T) {
	p := &reconciliation{}
	p.request.Sides.Accepter = peering.Side{Role: peering.Accepter, Identity: "owner", GroupsIdentity: "team"}
	p.request.Sides.Requester = peering.Side{Role: peering.Requester, Identity: "peer"}
	p.sides.Requester.identity = aws.Identity{Name: "peer"}
	p.sides.Accepter.identity = aws.Identity{Name: "owner"}
	network, groups := p.actorFor(peering.Accepter, false), p.actorFor(peering.Accepter, true)
	if _, err := p.acting(network); err != nil {
		t.Error(err)
	}
	for _, at := range []aws.Identity{{}, {Name: "owner"}} {
		p.sides.Accepter.groupsIdentity = at
		if _, err := p.acting(groups); err == nil {
			t.Errorf("%+v acts for AWSIdentity team", at)
		}
		if _, err := p.applyOne(t.Context(), peering.AuthorizeRules{On: peering.Accepter, GroupID: "sg-1"}); err == nil {
			t.Errorf("%+v writes for AWSIdentity team", at)
		}
	}
	p.loseAway()
	if !p.snapshot.Accepter.Unread.Groups || p.snapshot.Accepter.Unread.RouteTables || p.snapshot.Requester.Unread.Any() {
		t.Errorf("unread are %+v", p.snapshot.Accepter.Unread)
	}
}
