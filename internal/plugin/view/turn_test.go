package view

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestTheQueueShowsWhoRollsAndWhoWaitsForWhom(t *testing.T) {
	cluster := func(name string, state v1alpha1.RolloutTurnState, ago time.Duration, waitsFor ...string) v1alpha1.PeeredCluster {
		return v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: v1alpha1.PeeredClusterStatus{
			Nodes: &v1alpha1.NodeCounts{Total: 8, Current: 3},
			Rollout: &v1alpha1.RolloutStatus{
				Turn:    &v1alpha1.RolloutTurn{State: state, Since: metav1.NewTime(now.Add(-ago))},
				Preview: &v1alpha1.RolloutPreview{WaitsFor: waitsFor},
			},
		}}
	}
	var text bytes.Buffer
	err := Paper{Width: 80, Now: now}.Write(&text, Queue([]v1alpha1.PeeredCluster{
		{ObjectMeta: metav1.ObjectMeta{Name: "finished"}},
		cluster("prod", v1alpha1.TurnOrdered, time.Hour, "staging"),
		cluster("asia", v1alpha1.TurnQueued, time.Minute, "staging", "us"),
		cluster("us", v1alpha1.TurnQueued, time.Hour, "staging"),
		cluster("staging", v1alpha1.TurnRolling, 2*time.Hour),
		cluster("old", v1alpha1.TurnLapsed, 2*time.Hour),
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := `✖ Rollouts
├ ↻ staging Rolling, 3 of 8 nodes (120m)
│   It renews nodes now.
├ ↻ us Queued, 3 of 8 nodes (60m)
│   First come: staging.
├ ↻ asia Queued, 3 of 8 nodes (60s)
│   First come: staging, us.
├ ↻ prod Ordered, 3 of 8 nodes (60m)
│   First come: staging.
└ ✖ old Lapsed, 3 of 8 nodes (120m)
    Its nodes in progress do not get on, and other clusters no longer wait for
    it.
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnEmptyQueueSaysSo(t *testing.T) {
	var text bytes.Buffer
	if err := (Paper{Width: 80, Now: now}).Write(&text, Queue(nil)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("✔ Rollouts\n  No cluster renews nodes or waits for its turn.\n", text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
