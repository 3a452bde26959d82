package vpcpeering

import (
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/awssim/policies"
	"github.com/crossvpc/crossvpc/test/scene"
)

const participantAccount = "333333333333"

// sharedWorld is a small world whose accepter's VPC is shared with a third account, which has a security group there.
type sharedWorld struct {
	*world
	group string
}

func newSharedWorld(t *testing.T) *sharedWorld {
	t.Helper()
	w := &sharedWorld{world: newSmallWorld(t)}
	us := w.pair.Accepter
	if err := w.cloud.ShareSubnets(awssim.Place{Account: us.Account, Region: us.Region}, participantAccount, us.Subnets()...); err != nil {
		t.Fatal(err)
	}
	w.makeIdentity("team", participantAccount)
	made, err := w.participant().CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{VpcId: &us.VPCID, GroupName: awssdk.String("pods"), Description: awssdk.String("pods")})
	if err != nil {
		t.Fatal(err)
	}
	w.group = *made.GroupId
	w.cloud.ClearJournal()
	return w
}

func (w *sharedWorld) participant() *ec2.Client {
	w.t.Helper()
	config, err := w.accounts.Config(w.t.Context(), participantAccount, w.pair.Accepter.Region)
	if err != nil {
		w.t.Fatal(err)
	}
	return ec2.NewFromConfig(config)
}

// shared is a VPCPeering whose accepter's groups are the participant's.
func (w *sharedWorld) shared(edit func(*v1alpha1.VPCPeering)) *v1alpha1.VPCPeering {
	return w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{
			Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{w.group}, IdentityRef: &v1alpha1.LocalName{Name: w.identities["team"]},
		}
		if edit != nil {
			edit(object)
		}
	})
}

// rules counts the ingress rules of the participant's group that carry the owner tag.
func (w *sharedWorld) rules() int {
	w.t.Helper()
	out, err := w.participant().DescribeSecurityGroupRules(w.t.Context(), &ec2.DescribeSecurityGroupRulesInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	count := 0
	for _, rule := range out.SecurityGroupRules {
		if !awssdk.ToBool(rule.IsEgress) && strings.Contains(tagsText(rule.Tags), v1alpha1.TagOwner) {
			count++
		}
	}
	return count
}

// writesOf are the accounts that an action was called in, without an error.
func (w *sharedWorld) writesOf(action string) []string {
	var accounts []string
	for _, entry := range w.cloud.Journal(awssim.Query{Service: "ec2", Action: action, Code: "OK"}) {
		accounts = append(accounts, entry.Account)
	}
	return unique(accounts)
}

func TestInASharedVPCRoutesAreTheOwnersAndRulesTheParticipants(t *testing.T) {
	w := newSharedWorld(t)
	w.limitParticipant()
	object := w.settle(w.shared(nil))
	for action, want := range map[string][]string{
		"CreateRoute":                   {scene.RequesterAccount, scene.AccepterAccount},
		"AcceptVpcPeeringConnection":    {scene.AccepterAccount},
		"AuthorizeSecurityGroupIngress": {scene.RequesterAccount, participantAccount},
	} {
		if got := w.writesOf(action); !slices.Equal(got, want) {
			t.Errorf("%s was called in %v, want %v", action, got, want)
		}
	}
	if w.rules() != 1 {
		t.Errorf("the participant's group has %d rules of ours", w.rules())
	}
	want := &v1alpha1.GroupsOwner{AccountID: participantAccount, Identity: w.identities["team"]}
	if got := object.Status.Accepter.SecurityGroups; got == nil || *got != *want {
		t.Errorf("pinned is %v, want %v", got, want)
	}
	if got := w.admissions(object); len(got) != 3 || !slices.Contains(got, participantAccount+" "+w.pair.Accepter.Region+" "+w.pair.Accepter.VPCID) {
		t.Errorf("recorded are %v", got)
	}
	w.cloud.ClearJournal()
	w.remove(object)
	w.wantsShape(nil)
	if got := w.writesOf("RevokeSecurityGroupIngress"); !slices.Contains(got, participantAccount) || slices.Contains(got, scene.AccepterAccount) {
		t.Errorf("rules were removed in %v", got)
	}
	if got := w.admissions(object); len(got) > 0 {
		t.Errorf("recorded of an object that is gone: %v", got)
	}
}

// limitParticipant lets the participant's role do what config/iam/participant.json allows, and no more.
func (w *sharedWorld) limitParticipant() {
	w.t.Helper()
	us, eu := w.pair.Accepter, w.pair.Requester
	text, err := policies.Installation(installation).
		Side("OWN", policies.Place{Partition: "aws", Region: us.Region, Account: participantAccount, VPC: us.VPCID, Cluster: "us"}).
		Side("PEER", policies.Place{Partition: "aws", Region: eu.Region, Account: eu.Account, VPC: eu.VPCID}).
		With("OWNER_ACCOUNT", us.Account).Fill("../../..", "participant.json")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.cloud.AttachPolicy(roleOf(participantAccount), "participant", text); err != nil {
		w.t.Fatal(err)
	}
}

func TestA2InASharedVPCALostStatusFindsEverythingAgain(t *testing.T) {
	w := newSharedWorld(t)
	object := w.settle(w.shared(nil))
	was := w.shape()
	w.forget(object)
	w.restart()
	object = w.settle(object)
	w.wantsShape(was)
	w.forget(object)
	w.restart()
	w.remove(object)
	w.wantsShape(nil)
}

// What a participant's role is denied stops its rules, and nothing of what the owner's does.
func TestInASharedVPCWhatOneIdentityIsDeniedStopsOnlyWhatItDoes(t *testing.T) {
	w := newSharedWorld(t)
	w.cloud.Deny(roleOf(participantAccount), "ec2:AuthorizeSecurityGroupIngress")
	object := w.reconcile(w.shared(nil))
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "ec2:AuthorizeSecurityGroupIngress")
	w.cloud.ClearPolicy(roleOf(participantAccount))
	object = w.settle(object)
	was := w.shape()

	for _, action := range []string{"DescribeSecurityGroups", "DescribeSecurityGroupRules", "*"} {
		w.cloud.Deny(roleOf(participantAccount), "ec2:"+action)
		w.dropRoute(w.pair.Accepter, w.pair.Requester.Blocks[0])
		w.clock.toNextSweep()
		object = w.reconcile(object)
		w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "assumed-role/crossvpc")
		w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "")
		w.wantsShape(was)
		w.cloud.ClearPolicy(roleOf(participantAccount))
	}
	w.cloud.Deny(roleOf(scene.AccepterAccount), "ec2:*")
	w.dropRules()
	w.clock.toNextSweep()
	object = w.reconcile(object)
	if w.rules() != 1 {
		t.Errorf("the owner's role is denied everything, and the participant's rule is not repaired: %s", sentences(object))
	}
	w.cloud.ClearPolicy(roleOf(scene.AccepterAccount))
	object = w.settle(object)
	w.remove(object)
	w.wantsShape(nil)
}

func (w *world) dropRoute(network *scene.Network, block string) {
	w.t.Helper()
	if _, err := w.ec2(network).DeleteRoute(w.t.Context(), &ec2.DeleteRouteInput{RouteTableId: &network.Tables[0], DestinationCidrBlock: &block}); err != nil {
		w.t.Fatal(err)
	}
}

// dropRules removes the participant's rules behind the operator's back.
func (w *sharedWorld) dropRules() {
	w.t.Helper()
	_, err := w.participant().RevokeSecurityGroupIngress(w.t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &w.group, IpPermissions: allFrom(w.pair.Requester.Blocks[0])})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestInASharedVPCADeletionCleansWhatItReachesAndNamesTheRest(t *testing.T) {
	w := newSharedWorld(t)
	object := w.settle(w.shared(nil))
	rule := object.Status.Inventory.Accepter.SecurityGroupRules[0].RuleID
	identity := &v1alpha1.AWSIdentity{}
	if err := w.kube.Get(t.Context(), client.ObjectKey{Name: w.identities["team"]}, identity); err != nil {
		t.Fatal(err)
	}
	if err := w.kube.Delete(t.Context(), identity); err != nil {
		t.Fatal(err)
	}
	w.delete(object)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "AWSIdentity "+w.identities["team"]+" is gone")
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, rule)
	if left := w.shape(); len(left) != 1 || !strings.Contains(left[0], w.group) {
		t.Errorf("left are %v, want the participant's rule alone", left)
	}
	w.makeIdentityAgain(identity)
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.wantsShape(nil)
}

// makeIdentityAgain creates an AWSIdentity that was deleted, without the record that it had.
func (w *sharedWorld) makeIdentityAgain(was *v1alpha1.AWSIdentity) {
	w.t.Helper()
	status := was.Status
	again := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: was.Name}, Spec: was.Spec}
	w.create(again)
	again.Status = status
	again.Status.Admissions = nil
	if err := w.kube.Status().Update(w.t.Context(), again); err != nil {
		w.t.Fatal(err)
	}
}

// refusedShared are ways in which the second identity is refused as the first one is, before any write.
var refusedShared = map[string]struct {
	before    func(w *sharedWorld)
	edit      func(w *sharedWorld, object *v1alpha1.VPCPeering)
	condition string
	reason    string
	part      string
}{
	"it does not admit the namespace": {
		before: func(w *sharedWorld) {
			w.setAllowed("team", func(i *v1alpha1.AWSIdentity) { i.Spec.AllowedNamespaces.Names = nil })
		},
		condition: v1alpha1.ConditionIdentitiesReady, reason: v1alpha1.ReasonNamespaceNotAllowed, part: "AWSIdentity team-",
	},
	"it does not list the VPC": {
		before: func(w *sharedWorld) {
			w.setAllowed("team", func(i *v1alpha1.AWSIdentity) { i.Spec.AllowedVPCIDs = []v1alpha1.VPCID{"vpc-0123456789abcdef0"} })
		},
		condition: v1alpha1.ConditionIdentitiesReady, reason: v1alpha1.ReasonVPCNotAllowed, part: "security groups of the accepter",
	},
	"it does not allow the deletion policy": {
		before: func(w *sharedWorld) {
			w.setAllowed("team", func(i *v1alpha1.AWSIdentity) {
				i.Spec.DeletionPolicies = []v1alpha1.DeletionPolicy{v1alpha1.DeletionDelete}
			})
		},
		edit: func(_ *sharedWorld, object *v1alpha1.VPCPeering) {
			object.Spec.DeletionPolicy = v1alpha1.DeletionOrphan
		},
		condition: v1alpha1.ConditionIdentitiesReady, reason: v1alpha1.ReasonDeletionPolicyNotAllowed, part: "security groups of the accepter",
	},
	"it does not allow the group": {
		before: func(w *sharedWorld) {
			w.setAllowed("team", func(i *v1alpha1.AWSIdentity) {
				i.Spec.AllowedSecurityGroupTags = map[string]v1alpha1.TagValue{"crossvpc": "open"}
			})
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonSecurityGroupNotAllowed, part: "AWSIdentity team-",
	},
	"the VPC is not shared with it": {
		before: func(w *sharedWorld) {
			us := w.pair.Accepter
			w.cloud.UnshareSubnets(awssim.Place{Account: us.Account, Region: us.Region}, participantAccount, us.Subnets()...)
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonVPCNotFound, part: "is not shared with account " + participantAccount,
	},
	"it does not exist": {
		edit: func(_ *sharedWorld, object *v1alpha1.VPCPeering) {
			object.Spec.Accepter.SecurityGroups.IdentityRef.Name = "nobody"
		},
		condition: v1alpha1.ConditionIdentitiesReady, reason: v1alpha1.ReasonIdentityNotFound, part: "security groups of the accepter",
	},
	"it is not named, and the groups are another account's": {
		edit: func(_ *sharedWorld, object *v1alpha1.VPCPeering) {
			object.Spec.Accepter.SecurityGroups.IdentityRef = nil
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonWrongAccount, part: "spec.accepter.securityGroups.identityRef",
	},
	"the participant's is named for the whole side": {
		edit: func(w *sharedWorld, object *v1alpha1.VPCPeering) {
			object.Spec.Accepter.IdentityRef.Name = w.identities["team"]
		},
		condition: v1alpha1.ConditionPreflightPassed, reason: v1alpha1.ReasonWrongAccount, part: "spec.accepter.identityRef",
	},
}

func TestA10TheIdentityOfSecurityGroupsIsAdmittedAsThatOfTheSide(t *testing.T) {
	for name, in := range refusedShared {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSharedWorld(t)
			if in.before != nil {
				in.before(w)
			}
			object := w.reconcile(w.shared(func(object *v1alpha1.VPCPeering) {
				if in.edit != nil {
					in.edit(w, object)
				}
			}))
			w.wants(object, in.condition, metav1.ConditionFalse, in.reason, in.part)
			if writes := w.writes(); len(writes) > 0 {
				t.Errorf("written: %v", writes)
			}
			if got := w.admissions(object); len(got) > 0 {
				t.Errorf("recorded are %v", got)
			}
			w.remove(object)
		})
	}
}

func TestA12TheAccountOfSecurityGroupsIsPinnedFromTheFirstRuleOn(t *testing.T) {
	w := newSharedWorld(t)
	w.makeIdentity("other", "444444444444")
	object := w.shared(func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.SecurityGroups.IdentityRef.Name = w.identities["other"]
	})
	w.reconcile(object)
	// Nothing was made: a mistake can be put right.
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Accepter.SecurityGroups.IdentityRef.Name = w.identities["team"]
	})
	object = w.settle(object)
	was := w.shape()
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Accepter.SecurityGroups.IdentityRef.Name = w.identities["other"]
	})
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionIdentitiesReady, metav1.ConditionFalse, v1alpha1.ReasonResolvedSideChanged, "account "+participantAccount)
	w.wantsShape(was)
	w.remove(object)
	w.wantsShape(nil)
}
