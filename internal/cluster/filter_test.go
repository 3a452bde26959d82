package cluster

import (
	"testing"
	"testing/synctest"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// A goroutine that is left behind fails the bubble.
func TestAWatchThatNobodyReadsAnyMoreLeavesNoGoroutineBehind(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		in := watch.NewFake()
		w := filter(in, func(e watch.Event) (watch.Event, bool) { return e, true })
		in.Add(&corev1.Node{})
		synctest.Wait() // it holds the event, and nobody takes it
		w.Stop()
		w.Stop()
	})
}

func TestAFilteredWatchHandsOverWhatIsWantedAndEnds(t *testing.T) {
	in := watch.NewFakeWithChanSize(2, false)
	w := filter(in, func(e watch.Event) (watch.Event, bool) { return e, e.Type == watch.Added })
	in.Delete(&corev1.Node{})
	in.Add(&corev1.Node{})
	in.Stop()
	var got []watch.EventType
	for event := range w.ResultChan() {
		got = append(got, event.Type)
	}
	if len(got) != 1 || got[0] != watch.Added {
		t.Errorf("handed over: %v", got)
	}
}
