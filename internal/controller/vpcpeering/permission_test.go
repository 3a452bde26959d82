package vpcpeering

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// needed are the actions that stand between an object and Ready, with the condition that tells of them.
var needed = map[string]string{
	"DescribeVpcs":                      v1alpha1.ConditionPreflightPassed,
	"DescribeVpcAttribute":              v1alpha1.ConditionPreflightPassed,
	"DescribeVpcPeeringConnections":     v1alpha1.ConditionPreflightPassed,
	"DescribeRouteTables":               v1alpha1.ConditionPreflightPassed,
	"DescribeSecurityGroups":            v1alpha1.ConditionPreflightPassed,
	"DescribeSecurityGroupRules":        v1alpha1.ConditionPreflightPassed,
	"CreateVpcPeeringConnection":        v1alpha1.ConditionPeeringActive,
	"AcceptVpcPeeringConnection":        v1alpha1.ConditionPeeringActive,
	"AuthorizeSecurityGroupIngress":     v1alpha1.ConditionSecurityGroupsReady,
	"CreateRoute":                       v1alpha1.ConditionRoutesReady,
	"ModifyVpcPeeringConnectionOptions": v1alpha1.ConditionDNSReady,
}

// neededToRemove are the actions without which something would stay.
var neededToRemove = []string{"DeleteRoute", "RevokeSecurityGroupIngress", "DeleteVpcPeeringConnection"}

func roleOf(account string) string { return "arn:aws:iam::" + account + ":role/crossvpc" }

// deny forbids an action to both sides' roles until the returned function is called.
func (w *world) deny(action string) (allow func()) {
	return w.denyTo(action, roleOf(scene.RequesterAccount), roleOf(scene.AccepterAccount))
}

func (w *world) denyTo(action string, roles ...string) (allow func()) {
	for _, role := range roles {
		w.cloud.Deny(role, "ec2:"+action)
	}
	return func() {
		for _, role := range roles {
			w.cloud.ClearPolicy(role)
		}
	}
}

func TestA7EveryDeniedActionIsNamedAndOnceAllowedItConverges(t *testing.T) {
	w := newSmallWorld(t)
	w.nameHosts()
	object := w.settle(w.peering("eu-us", withDNS))
	undisturbed := w.shape()
	w.remove(object)
	for action, condition := range needed {
		t.Run(action, func(t *testing.T) {
			w.restart() // DNS attributes are remembered for minutes
			allow := w.deny(action)
			object := w.reconcile(w.peering("eu-us", withDNS))
			found := meta.FindStatusCondition(object.Status.Conditions, condition)
			t.Log(describe(found))
			if found.Reason != v1alpha1.ReasonPermissionDenied || !strings.Contains(found.Message, "ec2:"+action) || !strings.Contains(found.Message, "Allow ec2:"+action) {
				t.Errorf("%s = %s: want PermissionDenied and ec2:%s", condition, describe(found), action)
			}
			allow()
			object = w.settle(object)
			if got := w.shape(); !slices.Equal(got, undisturbed) {
				t.Errorf("once allowed there is %v, want %v", got, undisturbed)
			}
			w.remove(object)
			if left := w.shape(); len(left) > 0 {
				t.Errorf("left after deletion: %v", left)
			}
		})
	}
}

// sessionOf is how AWS names who acts in the role of an account.
func sessionOf(account string) string { return "arn:aws:sts::" + account + ":assumed-role/crossvpc/" }

// onlyBy are the actions that one side alone takes.
var onlyBy = map[string]string{"CreateVpcPeeringConnection": scene.RequesterAccount, "AcceptVpcPeeringConnection": scene.AccepterAccount}

func TestA7WhatOneSideDeniesIsNamedWithThatSidesRoleAndConvergesOnceAllowed(t *testing.T) {
	w := newSmallWorld(t)
	w.nameHosts()
	object := w.settle(w.peering("eu-us", withDNS))
	undisturbed := w.shape()
	w.remove(object)
	for action := range needed {
		for account, other := range map[string]string{scene.RequesterAccount: scene.AccepterAccount, scene.AccepterAccount: scene.RequesterAccount} {
			t.Run(action+" "+account, func(t *testing.T) {
				w.restart()
				allow := w.denyTo(action, roleOf(account))
				object := w.reconcile(w.peering("eu-us", withDNS))
				said := sentences(object)
				if by, one := onlyBy[action]; one && by == other {
					if strings.Contains(said, v1alpha1.ReasonPermissionDenied) {
						t.Errorf("a right that this side never needs is missed:%s", said)
					}
				} else if !strings.Contains(said, "ec2:"+action) || !strings.Contains(said, sessionOf(account)) || strings.Contains(said, sessionOf(other)) {
					t.Errorf("it does not name ec2:%s of %s alone:%s", action, sessionOf(account), said)
				}
				allow()
				object = w.settle(object)
				if got := w.shape(); !slices.Equal(got, undisturbed) {
					t.Errorf("once allowed there is %v, want %v", got, undisturbed)
				}
				w.remove(object)
				w.wantsShape(nil)
			})
		}
	}
}

func TestA7DeletedWhileAnActionIsDeniedItLeavesNothing(t *testing.T) {
	w := newSmallWorld(t)
	w.nameHosts()
	for action := range needed {
		if strings.HasPrefix(action, "Describe") {
			continue
		}
		t.Run(action, func(t *testing.T) {
			allow := w.deny(action)
			defer allow()
			w.remove(w.reconcile(w.peering("eu-us", withDNS)))
			if left := w.shape(); len(left) > 0 {
				t.Errorf("left after deletion: %v", left)
			}
		})
	}
}

func TestA8WhatCannotBeRemovedIsNamedAndOnceAllowedItIsGone(t *testing.T) {
	w := newSmallWorld(t)
	for _, action := range neededToRemove {
		t.Run(action, func(t *testing.T) {
			object := w.settle(w.peering("eu-us", nil))
			left := map[string]string{
				"DeleteRoute":                "remove the route to 10.12.0.0/16 from " + w.pair.Requester.Tables[0],
				"RevokeSecurityGroupIngress": object.Status.Inventory.Requester.SecurityGroupRules[0].RuleID,
				"DeleteVpcPeeringConnection": object.Status.PeeringConnectionID,
			}[action]
			allow := w.deny(action)
			w.delete(object)
			object = w.reconcile(object)
			ready := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionReady)
			t.Log(describe(ready))
			for _, part := range []string{"Allow ec2:" + action, left, v1alpha1.AnnotationForceFinalize} {
				if ready.Reason != v1alpha1.ReasonCleanupBlocked || !strings.Contains(ready.Message, part) {
					t.Errorf("Ready = %s: want CleanupBlocked with %q", describe(ready), part)
				}
			}
			if action != "DeleteRoute" && strings.Contains(ready.Message, "the route") {
				t.Errorf("routes are named although they are gone: %s", ready.Message)
			}
			allow()
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			if left := w.shape(); len(left) > 0 {
				t.Errorf("left after deletion: %v", left)
			}
		})
	}
}

func TestA8ForcedItLetsGoOfWhatIsDeniedAndRemovesTheRest(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.deny("RevokeSecurityGroupIngress")
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
	})
	w.remove(object)
	for _, line := range w.shape() {
		if !strings.Contains(line, "admits") {
			t.Errorf("left although it could be removed: %s", line)
		}
	}
	rule := object.Status.Inventory.Requester.SecurityGroupRules[0].RuleID
	if !w.events.has("LeftOver") || !w.events.has(rule) {
		t.Errorf("no event names %s as left over:\n%s", rule, w.events.all())
	}
}

// TestA8ForcedItRetriesWhatClearsByItself: the annotation abandons what is denied, not what AWS was too busy for.
func TestA8ForcedItRetriesWhatClearsByItself(t *testing.T) {
	for _, action := range []string{"DescribeRouteTables", "DeleteRoute", "DeleteVpcPeeringConnection"} {
		t.Run(action, func(t *testing.T) {
			w := newSmallWorld(t)
			w.restartWith(w.kube, w.plainHTTP())
			object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
				object.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
			}))
			w.failAlways(action, "RequestLimitExceeded", "Request limit exceeded.")
			w.delete(object)
			object = w.reconcile(object)
			if object == nil {
				t.Fatalf("let go at the first throttled call:\n%s", w.events.all())
			}
			w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonDeleting, "crossvpc retries until 10m after the deletion")
			w.cloud.RemoveFault("")
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			w.wantsShape(nil)
			if w.events.has("LeftOver") {
				t.Errorf("something was left behind:\n%s", w.events.all())
			}
		})
	}
}

func TestA8ForcedItLetsGoInTheEndOfWhatDoesNotPass(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
	}))
	w.failAlways("DeleteVpcPeeringConnection", "DependencyViolation", "it has dependencies")
	w.remove(object)
	if !w.events.has("LeftOver") || !w.events.has("delete "+object.Status.PeeringConnectionID) {
		t.Errorf("no event names what is left:\n%s", w.events.all())
	}
}

// TestA4WhatIsWantedIsAdmittedBeforeWhatIsNotIsShutOut: of a change that AWS refuses in part the old rules stay.
func TestA4WhatIsWantedIsAdmittedBeforeWhatIsNotIsShutOut(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	was := w.shape()
	allow := w.deny("AuthorizeSecurityGroupIngress")
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		for _, side := range []*v1alpha1.VPCPeeringSide{&now.Spec.Requester, &now.Spec.Accepter} {
			side.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: new(int32(443)), ToPort: new(int32(443))}}
		}
	})
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "ec2:AuthorizeSecurityGroupIngress")
	w.wantsShape(was)
	allow()
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	object = w.settle(object)
	w.notAfter("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress")
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
	w.remove(object)
	w.wantsShape(nil)
}

// TestCredentialsThatARegionDoesNotTakeAreSaidWithRegionAndSide: that is how AWS answers in a region that the account did not opt in to.
func TestCredentialsThatARegionDoesNotTakeAreSaidWithRegionAndSide(t *testing.T) {
	w := newSmallWorld(t)
	if _, err := w.cloud.Inject(awssim.Fault{Service: "ec2", Region: scene.AccepterRegion, Count: -1, Effect: awssim.ErrorAnswer, Code: "AuthFailure", Message: "AWS was not able to validate the provided access credentials", Status: 401}); err != nil {
		t.Fatal(err)
	}
	object := w.reconcile(w.peering("eu-us", nil))
	for _, part := range []string{"In region " + scene.AccepterRegion + " of the accepter, as AWSIdentity " + w.identities["us"] + " in account " + scene.AccepterAccount, "that the region is enabled in the account"} {
		w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, part)
	}
}

// TestWhatAWSSaysOfNobodyIsSaidWithSideAndAccount: STS is called in the operator's region, which the account of a role may have off.
func TestWhatAWSSaysOfNobodyIsSaidWithSideAndAccount(t *testing.T) {
	const ofSTS, ofEC2 = "Of the accepter, as AWSIdentity us in account 222222222222: sts:AssumeRole", "In region us-east-1 of the accepter, as AWSIdentity us in account 222222222222: ec2:DescribeVpcs"
	for _, test := range []struct{ service, operation, code, said, advice string }{
		{"STS", "AssumeRole", "RegionDisabledException", ofSTS, "Enable the operator's AWS_REGION"},
		{"STS", "AssumeRole", "InvalidClientTokenId", ofSTS, "Check them"},
		{"STS", "AssumeRole", "InvalidIdentityToken", ofSTS, "Check them"},
		{"EC2", "DescribeVpcs", "AuthFailure", ofEC2, "that the region is enabled in the account"},
		{"EC2", "DescribeVpcs", "SignatureDoesNotMatch", ofEC2, "Check them"},
		{"EC2", "DescribeVpcs", "OptInRequired", ofEC2, "Enable the account or region first."},
		{"EC2", "DescribeVpcs", "Blocked", ofEC2, "Enable the account or region first."},
		{"EC2", "DescribeVpcs", "PendingVerification", ofEC2, "Enable the account or region first."},
	} {
		p := &reconciliation{}
		refused := &sideError{side: peering.Side{Role: peering.Accepter, Region: "us-east-1", Identity: "us", Account: "222222222222"}, error: &smithy.OperationError{
			ServiceID: test.service, OperationName: test.operation, Err: &smithy.GenericAPIError{Code: test.code, Message: "No."},
		}}
		judged := p.failed("Reading AWS", refused)
		if judged.Reason != v1alpha1.ReasonPermissionDenied {
			t.Errorf("%s: reason %s", test.code, judged.Reason)
		}
		for _, part := range []string{test.said, test.advice} {
			if !strings.Contains(judged.Message, part) {
				t.Errorf("%s: %q is not in %q", test.code, part, judged.Message)
			}
		}
	}
}

func TestA7TagsAreNoGateButTheirDenialIsTold(t *testing.T) {
	w := newSmallWorld(t)
	// Tags of what is made are part of making it; these are the ones that are set afterwards.
	afterwards := []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:CreateTags","Resource":"*","Condition":{"Null":{"ec2:CreateAction":"true"}}}]}`)
	for _, account := range []string{scene.RequesterAccount, scene.AccepterAccount} {
		if err := w.cloud.AttachPolicy(roleOf(account), "no tags afterwards", afterwards); err != nil {
			t.Fatal(err)
		}
	}
	object := w.settle(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
	if !w.events.has("Allow ec2:CreateTags") {
		t.Errorf("no event tells of ec2:CreateTags:\n%s", w.events.all())
	}
	for range 3 { // also in a pass that tries none, and after the next sweep
		w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionTrue, v1alpha1.ReasonActive, "Allow ec2:CreateTags")
		object = w.reconcile(object)
		w.clock.toNextSweep()
	}
	for _, account := range []string{scene.RequesterAccount, scene.AccepterAccount} {
		w.cloud.ClearPolicy(roleOf(account))
	}
	w.clock.toNextSweep()
	w.reconcile(object)
	w.clock.toNextSweep()
	if object = w.reconcile(object); strings.Contains(sentences(object), "CreateTags") {
		t.Errorf("it is allowed, and still said to be denied:%s", sentences(object))
	}
}

func TestA7TheTableOfActionsIsComplete(t *testing.T) {
	w := newSmallWorld(t)
	w.nameHosts()
	w.cloud.ClearJournal()
	w.remove(w.settle(w.peering("eu-us", withDNS)))
	for _, entry := range w.cloud.Journal(awssim.Query{Service: "ec2"}) {
		_, up := needed[entry.Action]
		if !up && !slices.Contains(neededToRemove, entry.Action) && entry.Action != "CreateTags" && entry.Action != "ReplaceRoute" {
			t.Errorf("%s is called and in no table", entry.Action)
		}
	}
}
