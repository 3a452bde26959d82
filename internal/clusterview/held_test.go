package clusterview

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// TestAPodOfADaemonSetThatAFinalizerKeepsIsNamedBeforeTheCordonAndAfterIt: a drain leaves it, but its routing rules are renewed only once
// it is recreated.
func TestAPodOfADaemonSetThatAFinalizerKeepsIsNamedBeforeTheCordonAndAfterIt(t *testing.T) {
	t.Parallel()
	deleted := func(ago time.Duration, finalizers ...string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "logs", UID: "logs", Controller: new(true)}}
			pod.Finalizers = finalizers
			if ago > 0 {
				pod.DeletionTimestamp = new(metav1.NewTime(noon.Add(-ago)))
			}
		}
	}
	processed, err := rollout.Record{Revision: "r1", Cordoned: true, StartTime: noon.Add(-time.Hour), ProcessedTime: noon.Add(-time.Hour)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	finished, err := rollout.Record{Revision: "r0", ProcessedTime: noon.Add(-24 * time.Hour)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		version string
		change  func(*corev1.Pod)
		record  string
		before  bool
		after   bool
	}{
		"it is held":                          {"1.18.0", deleted(5*time.Minute, "example.com/hold"), "", true, false},
		"it is held, and the agent is new":    {"1.18.0", deleted(5*time.Minute, "example.com/hold"), processed, true, true},
		"it is held, long after a renewal":    {"1.18.0", deleted(5*time.Minute, "example.com/hold"), finished, true, false},
		"it was deleted a moment ago":         {"1.18.0", deleted(time.Second, "example.com/hold"), processed, false, false},
		"it is deleted, and nothing holds it": {"1.18.0", deleted(5 * time.Minute), processed, false, false},
		"nobody deleted it":                   {"1.18.0", deleted(0, "example.com/hold"), processed, false, false},
		"the agent renews its rules":          {"1.20.2", deleted(5*time.Minute, "example.com/hold"), processed, false, false},
	} {
		v := nodeWith(c.version, oldPod(c.change))
		if c.record != "" {
			v.Nodes[0].Annotations, v.Nodes[0].Spec.Unschedulable = map[string]string{rollout.Annotation: c.record}, true
		}
		node := v.theNode(t, v1alpha1.RolloutRecyclePods)
		if names := namesHolder(node.Unrenewable); names != c.before {
			t.Errorf("%s: it keeps the node from being renewed in place: %t, want %t (%+v)", name, names, c.before, node.Unrenewable)
		}
		if names := namesHolder(node.Held); names != c.after {
			t.Errorf("%s: it is what the node waits for: %t, want %t (%+v)", name, names, c.after, node.Held)
		}
	}
}

func namesHolder(found *rollout.Finding) bool {
	return found != nil && found.Reason == podrules.ReasonPodHeld && strings.Contains(found.Message, "example.com/hold of pod shop/web, which was to be gone at 2026-11-25 11:55")
}
