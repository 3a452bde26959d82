package vpcpeering

import (
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/test/scene"
)

// looked settles the object and lets the path be looked at once more, with fresh reads.
func (w *world) looked(object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering {
	w.t.Helper()
	w.settle(object)
	w.clock.advance(aws.TopologyTTL + time.Second)
	return w.reconcile(object)
}

// denyAnswers has the default network ACL of a network drop what comes back from the peer.
func (w *world) denyAnswers(network *scene.Network, peerBlock string) string {
	w.t.Helper()
	api, ctx := w.ec2(network), w.t.Context()
	found, err := api.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{Filters: []ec2types.Filter{{Name: awssdk.String("vpc-id"), Values: []string{network.VPCID}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	acl := *found.NetworkAcls[0].NetworkAclId
	_, err = api.CreateNetworkAclEntry(ctx, &ec2.CreateNetworkAclEntryInput{
		NetworkAclId: &acl, RuleNumber: awssdk.Int32(50), Egress: awssdk.Bool(false), Protocol: awssdk.String("6"), RuleAction: ec2types.RuleActionDeny,
		CidrBlock: &peerBlock, PortRange: &ec2types.PortRange{From: awssdk.Int32(32768), To: awssdk.Int32(60999)},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return acl
}

func TestAPathIsClearUntilSomethingIsInTheWayAndReadyIsNotAboutIt(t *testing.T) {
	w := newSmallWorld(t)
	object := w.looked(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionPathClear, metav1.ConditionTrue, v1alpha1.ReasonPathClear, "open both ways")
	if object.Status.Path != nil {
		t.Errorf("status.path is %+v", object.Status.Path)
	}
	acl := w.denyAnswers(w.pair.Requester, w.pair.Accepter.Blocks[0])
	object = w.looked(object)
	w.wants(object, v1alpha1.ConditionPathClear, metav1.ConditionFalse, v1alpha1.ReasonPathObstructed, acl)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "Pod traffic is not verified.")
	w.wantsStage(object, "Current")
	findings := object.Status.Path
	if findings == nil || !slices.ContainsFunc(findings.Findings, func(f v1alpha1.Finding) bool { return f.Reason == v1alpha1.FindingACLDenies }) {
		t.Errorf("status.path is %+v", findings)
	}
}

func TestAPathThatMayNotBeReadIsNotCalledClear(t *testing.T) {
	w := newSmallWorld(t)
	allow := w.deny("DescribeNetworkAcls")
	object := w.looked(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionPathClear, metav1.ConditionUnknown, v1alpha1.ReasonPathUnread, "ec2:DescribeNetworkAcls")
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
	if path := object.Status.Path; path == nil || len(path.Findings) > 0 || !slices.ContainsFunc(path.Unread, func(s string) bool { return strings.Contains(s, "ec2:DescribeNetworkAcls") }) {
		t.Errorf("status.path is %+v", path)
	}
	allow()
	object = w.looked(object)
	w.wants(object, v1alpha1.ConditionPathClear, metav1.ConditionTrue, v1alpha1.ReasonPathClear, "")
	if object.Status.Path != nil {
		t.Errorf("status.path is %+v", object.Status.Path)
	}
}

func TestAnObjectThatStallsIsNotLookedAtAgainForThePathsSake(t *testing.T) {
	w := newSmallWorld(t)
	w.deny("CreateVpcPeeringConnection")
	object := w.peering("eu-us", nil)
	w.clock.toNextSweep() // the end of one may be sooner than soon
	result, err := w.tryReconcile(t.Context(), object)
	if err != nil || result.RequeueAfter <= soon {
		t.Errorf("it comes again after %s, %v", result.RequeueAfter, err)
	}
	if found := meta.FindStatusCondition(w.read(object).Status.Conditions, v1alpha1.ConditionPathClear); found != nil {
		t.Errorf("PathClear is %s", describe(found))
	}
}
