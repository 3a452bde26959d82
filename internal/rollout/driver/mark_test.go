package driver

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// cordon marks the node as the planner's Cordon step does.
func (s *stage) cordon(node *corev1.Node) {
	s.t.Helper()
	s.apply(node, &rollout.Record{Revision: "r1", Cordoned: true}, new(true))
}

func (s *stage) cordonedByOthers(node *corev1.Node) {
	s.t.Helper()
	before := node.DeepCopy()
	node.Spec.Unschedulable = true
	if err := s.Patch(s.t.Context(), node, client.MergeFrom(before)); err != nil {
		s.t.Fatal(err)
	}
}

// apply marks the node as it is now, as often as its kubelet writes status in between; so does the next reconciliation.
func (s *stage) apply(node *corev1.Node, record *rollout.Record, cordon *bool) {
	s.t.Helper()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		s.read(node)
		return Mark{Node: node.Name, NodeUID: node.UID, Record: record, Cordon: cordon}.Apply(s.t.Context(), s, node)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// marks is what a node shows of us.
type marks struct {
	Unschedulable bool
	Record        *rollout.Record
}

func (s *stage) marksOf(node *corev1.Node) marks {
	s.t.Helper()
	fresh := node.DeepCopy()
	s.read(fresh)
	record, _ := rollout.ParseRecord(fresh.Annotations[rollout.Annotation])
	return marks{fresh.Spec.Unschedulable, record}
}

func TestN6ACordonAndItsRecordAreOnePatchAndSoIsTheirEnd(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	before := node.ResourceVersion
	s.cordon(node)
	if diff := cmp.Diff(marks{true, &rollout.Record{Revision: "r1", Cordoned: true, ScaleDownDisabled: true}}, s.marksOf(node)); diff != "" {
		t.Errorf("cordoned (-want +got):\n%s", diff)
	}
	if node.ResourceVersion == before {
		t.Error("what was seen is not what is there now: a second step of the same pass would conflict")
	}
	s.apply(node, &rollout.Record{Revision: "r1", Cordoned: true, RestartUID: "agent"}, nil)
	if !s.marksOf(node).Unschedulable {
		t.Error("a mark without a cordon lifted it")
	}
	s.apply(node, nil, new(false))
	if diff := cmp.Diff(marks{}, s.marksOf(node)); diff != "" {
		t.Errorf("uncordoned (-want +got):\n%s", diff)
	}
}

func TestN3SomebodyElsesCordonIsNeitherTakenOverNorLifted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	s.cordonedByOthers(node)
	s.read(node)
	mark := Mark{Node: node.Name, NodeUID: node.UID, Record: &rollout.Record{Revision: "r1", Cordoned: true}, Cordon: new(true)}
	if err := mark.Apply(t.Context(), s, node); err == nil || apierrors.IsConflict(err) {
		t.Errorf("taking over a cordon: %v, want it refused", err)
	}
	s.apply(node, &rollout.Record{Revision: "r1"}, new(false))
	if !s.marksOf(node).Unschedulable {
		t.Error("lifted somebody else's cordon")
	}
}

func TestAMarkOnANodeThatChangedSinceItWasSeenIsAConflict(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	node := s.node()
	seen := node.DeepCopy()
	s.cordonedByOthers(node)
	mark := Mark{Node: seen.Name, NodeUID: seen.UID, Record: &rollout.Record{Revision: "r1", Cordoned: true}, Cordon: new(true)}
	if err := mark.Apply(t.Context(), s, seen); !apierrors.IsConflict(err) {
		t.Errorf("error %v, want a conflict", err)
	}
	if got := s.marksOf(node).Record; got != nil {
		t.Errorf("wrote %v all the same", got)
	}
	mark.NodeUID = "another"
	s.read(node)
	if err := mark.Apply(t.Context(), s, node); err == nil || apierrors.IsConflict(err) {
		t.Error("marked a namesake of the node that was planned for")
	}
}

func TestOnlyTheAgentPodThatWasMeantIsDeletedAndOnlyOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.node()
	s.deploy("agent", 1, nil)
	var pods corev1.PodList
	if err := s.List(t.Context(), &pods, client.InNamespace(s.namespace)); err != nil {
		t.Fatal(err)
	}
	agent := &pods.Items[0]
	if err := RestartAgent(t.Context(), s, agent.Namespace, agent.Name, "another"); err != nil {
		t.Error(err)
	}
	if s.read(agent); agent.DeletionTimestamp != nil {
		t.Fatal("an agent that was recreated already was deleted")
	}
	for range 2 {
		if err := RestartAgent(t.Context(), s, agent.Namespace, agent.Name, agent.UID); err != nil {
			t.Error(err)
		}
	}
	s.eventually("the agent to be gone", func() bool {
		return apierrors.IsNotFound(s.Get(t.Context(), client.ObjectKeyFromObject(agent), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{}}))
	})
	if err := RestartAgent(t.Context(), s, agent.Namespace, agent.Name, agent.UID); err != nil {
		t.Errorf("an agent that is gone: %v", err)
	}
}
