package vpcpeering

import (
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// readBefore lets an object read both sides and write no more than its request; what happens then is a few seconds later, in
// the same sweep: the next reconciliation may make the first rules and routes on what was read.
func (w *world) readBefore(happens func(), edit func(*v1alpha1.VPCPeering)) *v1alpha1.VPCPeering {
	w.t.Helper()
	w.clock.toNextSweep()
	allow := w.deny("AcceptVpcPeeringConnection")
	object := w.reconcile(w.peering("eu-us", edit))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "")
	allow()
	w.clock.advance(3 * time.Second)
	happens()
	w.clock.advance(3 * time.Second)
	w.cloud.ClearJournal()
	return w.reconcile(object)
}

func TestA5ABlackholeThatSomebodyRepointsAfterTheReadIsNotReplaced(t *testing.T) {
	w := newSmallWorld(t)
	foreign, table := w.joinByHand(), w.pair.Requester.Tables[0]
	w.connectionRouteByHand(w.pair.Requester, table, "10.12.0.0/16", foreign)
	w.deleteByHand(foreign)
	gateway := w.makeGateway(w.pair.Requester)
	object := w.readBefore(func() {
		_, err := w.ec2(w.pair.Requester).ReplaceRoute(t.Context(), &ec2.ReplaceRouteInput{RouteTableId: &table, DestinationCidrBlock: awssdk.String("10.12.0.0/16"), GatewayId: &gateway})
		if err != nil {
			t.Fatal(err)
		}
	}, func(object *v1alpha1.VPCPeering) { object.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole })
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonRouteConflict, table+" (requester) already routes 10.12.0.0/16 to "+gateway)
	if calls := w.cloud.Journal(awssim.Query{Action: "ReplaceRoute"}); len(calls) > 0 {
		t.Errorf("a live route of somebody else was replaced: %v", calls[0].Parameters)
	}
}

func TestA4ARuleThatLosesOurTagAfterTheReadIsNotRevoked(t *testing.T) {
	w := newSmallWorld(t)
	rule := w.ruleByHand(w.pair.Requester, allFrom("10.99.0.0/16"))
	var tags []ec2types.Tag
	for key, value := range aws.Tags(installation, w.namespace, "eu-us", nil) {
		tags = append(tags, ec2types.Tag{Key: &key, Value: &value})
	}
	if _, err := w.ec2(w.pair.Requester).CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{rule}, Tags: tags}); err != nil {
		t.Fatal(err)
	}
	w.readBefore(func() {
		if _, err := w.ec2(w.pair.Requester).DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{rule}, Tags: tags}); err != nil {
			t.Fatal(err)
		}
	}, nil)
	if calls := w.cloud.Journal(awssim.Query{Action: "RevokeSecurityGroupIngress"}); len(calls) > 0 {
		t.Errorf("a rule that is somebody else's was revoked: %v", calls[0].Parameters)
	}
	if rules := w.rulesOf(w.pair.Requester); !slices.ContainsFunc(rules, func(line string) bool { return strings.Contains(line, "10.12.0.0/16") }) {
		t.Errorf("it made no rule of its own: %q", rules)
	}
}
