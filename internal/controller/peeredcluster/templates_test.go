package peeredcluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// outOfDate has two nodes in a group, whose launch template ($Latest) has a newer version.
func outOfDate(t *testing.T) *world {
	t.Helper()
	w := inAGroup(t)
	_, err := w.ec2.CreateLaunchTemplateVersion(t.Context(), &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateName: aws.String("eu-nodes"),
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(scene.Image), InstanceType: ec2types.InstanceTypeM5Xlarge},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Hour)
	w.peeredCluster(replacing("eu"))
	w.peering("eu-us", "10.12.0.0/16")
	return w
}

func TestNoNodeIsReplacedUnaskedByOneOfANewerLaunchTemplate(t *testing.T) {
	w := outOfDate(t)
	const says = "Auto Scaling group eu-nodes now launches instances from launch template eu-nodes version 2, and nodes of it run from launch template eu-nodes version 1"
	previewed := func(object *v1alpha1.PeeredCluster) bool {
		preview := object.Status.Rollout.Preview
		return preview != nil && slices.ContainsFunc(preview.Blockers, func(sentence string) bool { return strings.HasPrefix(sentence, says) })
	}
	object := w.until("previewed", func(object *v1alpha1.PeeredCluster) bool { return object.Status.Rollout != nil && previewed(object) })
	if started := w.startedOn(); len(started) > 1 {
		t.Errorf("told only after %v were begun on", started)
	}
	object = w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonBlocked, rollout.ReasonOtherTemplate, says, object.Status.Rollout.Preview.Revision)
	if terminated := w.terminations(); len(terminated) > 0 || len(w.cordoned()) > 0 {
		t.Errorf("%v are terminated and %v cordoned", terminated, w.cordoned())
	}
	revision := object.Status.Rollout.Preview.Revision
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.ApprovedRevision = revision })
	w.until("terminated", func(*v1alpha1.PeeredCluster) bool { return len(w.terminations()) == 1 })
}

// TestWhoMayNotReadLaunchTemplatesReplacesNodesAndIsTold: the right is new.
func TestWhoMayNotReadLaunchTemplatesReplacesNodesAndIsTold(t *testing.T) {
	w := outOfDate(t)
	denied := awssim.Fault{Service: "ec2", Action: "DescribeLaunchTemplates", Count: -1, Effect: awssim.ErrorAnswer, Code: "UnauthorizedOperation", Message: "You are not authorized", Status: 403}
	if _, err := w.cloud.Inject(denied); err != nil {
		t.Fatal(err)
	}
	told := false
	w.until("terminated", func(object *v1alpha1.PeeredCluster) bool {
		told = told || strings.Contains(sentences(object), "Allow ec2:DescribeLaunchTemplates")
		return len(w.terminations()) == 1
	})
	if !told {
		t.Errorf("nobody is told:%s", sentences(w.read()))
	}
}

// TestAtRestNobodyReadsLaunchTemplates: what a successor would be made from matters where one is to be made.
func TestAtRestNobodyReadsLaunchTemplates(t *testing.T) {
	w := outOfDate(t)
	for _, node := range []string{"a", "b"} {
		w.renewAgent(node)
	}
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutRecyclePods })
	w.ready()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutReplaceNodes })
	w.cloud.ClearJournal()
	for range 3 {
		w.clock.advance(w.reconciler.Sweep)
		w.reconcile()
	}
	if asked := w.cloud.Journal(awssim.Query{Action: "DescribeLaunchTemplates"}); len(asked) > 0 {
		t.Errorf("asked %d times", len(asked))
	}
}
