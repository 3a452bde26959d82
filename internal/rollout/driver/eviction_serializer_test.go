package driver

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// of has a pod of the controller that is Ready, or is not.
func of(controller, name string, isReady corev1.ConditionStatus) *corev1.Pod {
	pod := owned(name)
	pod.OwnerReferences[0].UID = types.UID(controller)
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: isReady}}
	return pod
}

func TestPodsOfOneControllerAreAskedOneAfterTheOtherFromWhateverNodes(t *testing.T) {
	t.Parallel()
	var now, most, come atomic.Int32
	takesTime := func() { <-time.After(20 * time.Millisecond) }
	kube := served(t, func(w http.ResponseWriter) {
		if at := now.Add(1); at > most.Load() {
			most.Store(at)
		}
		takesTime() // so that others can come meanwhile
		now.Add(-1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Success"}`))
	})
	turns := &EvictionSerializer{}
	evictOnNodes(t, func(node string) {
		if _, err := Evict(t.Context(), kube, turns, []*corev1.Pod{of("web", "web-"+node, corev1.ConditionTrue)}, time.Now()); err != nil {
			t.Error(err)
		}
	})
	if most.Load() != 1 {
		t.Errorf("%d evictions of one controller's pods at the same time, want 1", most.Load())
	}
	second := make(chan struct{})
	takesTime = func() { // until another one has come, however long that takes
		if come.Add(1) == 2 {
			close(second)
		}
		select {
		case <-second:
		case <-time.After(longestAnswer):
		}
	}
	evictOnNodes(t, func(node string) {
		if _, err := Evict(t.Context(), kube, turns, []*corev1.Pod{of("of "+node, "pod-"+node, corev1.ConditionTrue)}, time.Now()); err != nil {
			t.Error(err)
		}
	})
	if most.Load() < 2 {
		t.Error("evictions of pods that have nothing in common waited for each other")
	}
}

func evictOnNodes(t *testing.T, evict func(node string)) {
	t.Helper()
	var nodes sync.WaitGroup
	for _, node := range []string{"a", "b", "c", "d"} {
		nodes.Go(func() { evict(node) })
	}
	nodes.Wait()
}

func TestABudgetThatRefusedIsNotAskedForAnotherReadyPodInTheSamePass(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	kube := served(t, func(w http.ResponseWriter) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","code":429,
			"details":{"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web needs 3 healthy pods and has 3 currently"}]}}`))
	})
	turns := &EvictionSerializer{}
	for _, step := range []struct {
		pods []*corev1.Pod
		want int32
	}{
		{[]*corev1.Pod{of("web", "a", corev1.ConditionTrue), of("web", "b", corev1.ConditionTrue)}, 1},
		{[]*corev1.Pod{of("web", "c", corev1.ConditionTrue)}, 1}, // on another node
		{[]*corev1.Pod{of("web", "d", corev1.ConditionFalse)}, 2},
		{[]*corev1.Pod{of("cart", "e", corev1.ConditionTrue)}, 3},
	} {
		got, err := Evict(t.Context(), kube, turns, step.pods, time.Now())
		if err != nil || got.Refused != len(step.pods) || asked.Load() != step.want {
			t.Errorf("%s: %+v, %v after %d requests, want all refused after %d", step.pods[0].Name, got, err, asked.Load(), step.want)
		}
	}
}
