package firstrun

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// aCluster is one whose nodes are done for our peering, edited.
func aCluster(edit func(*v1alpha1.PeeredCluster)) *v1alpha1.PeeredCluster {
	c := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "us", Generation: 2}}
	c.Status.ObservedGeneration = 2
	c.Status.Peerings = []v1alpha1.ClusterPeering{{Namespace: "network", Name: "eu-us"}}
	c.Status.Nodes = &v1alpha1.NodeCounts{Total: 3, Current: 3}
	for _, kind := range []string{v1alpha1.ConditionReachable, v1alpha1.ConditionCiliumConfigured, v1alpha1.ConditionNodesUpToDate} {
		c.Status.Conditions = append(c.Status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: "Done"})
	}
	edit(c)
	return c
}

// is sets the condition of NodesUpToDate, which is the last.
func is(reason string) func(*v1alpha1.PeeredCluster) {
	return func(c *v1alpha1.PeeredCluster) {
		c.Status.Conditions[2] = metav1.Condition{Type: v1alpha1.ConditionNodesUpToDate, Status: metav1.ConditionFalse, Reason: reason, Message: "It is so."}
	}
}

func TestHowFarTheNodesOfAClusterAre(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit  func(*v1alpha1.PeeredCluster)
		want  progress
		stuck bool
	}{
		"done":              {func(*v1alpha1.PeeredCluster) {}, progress{done: true, now: "All nodes run the value, or need none."}, false},
		"not seen":          {func(c *v1alpha1.PeeredCluster) { is(v1alpha1.ReasonPaused)(c); c.Generation = 3 }, progress{now: notSeen("us")}, false},
		"nothing known":     {func(c *v1alpha1.PeeredCluster) { c.Status.Conditions = nil }, progress{now: "Reachable is not known yet."}, false},
		"awaits approval":   {is(v1alpha1.ReasonAwaitingApproval), progress{reason: v1alpha1.ReasonAwaitingApproval, now: "AwaitingApproval: It is so."}, false},
		"peering not known": {func(c *v1alpha1.PeeredCluster) { c.Status.Peerings[0].Name = "a-b" }, progress{now: "PeeredCluster us has not taken up the peering yet."}, false},
		"other namespace":   {func(c *v1alpha1.PeeredCluster) { c.Status.Peerings[0].Namespace = "shop" }, progress{now: "PeeredCluster us has not taken up the peering yet."}, false},
		"stalled": {func(c *v1alpha1.PeeredCluster) {
			is("Blocked")(c)
			c.Status.Conditions = append(c.Status.Conditions,
				metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: "Blocked"},
				metav1.Condition{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue, Reason: "Blocked"})
		}, progress{reason: "Blocked", now: "Blocked: It is so."}, true},
	} {
		got, err := progressOf(aCluster(c.edit), client.ObjectKey{Namespace: "network", Name: "eu-us"})
		_, needsPerson := errors.AsType[stuck](err)
		if got != c.want || needsPerson != c.stuck {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

func TestAnUndoWaitsForTheNodesThatWereBegun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*v1alpha1.PeeredCluster)
		idle bool
		says string
	}{
		"idle":            {func(*v1alpha1.PeeredCluster) {}, true, ""},
		"no nodes":        {func(c *v1alpha1.PeeredCluster) { c.Status.Nodes = nil }, true, ""},
		"pause not seen":  {func(c *v1alpha1.PeeredCluster) { c.Generation = 3 }, false, "has not seen the last change of PeeredCluster us"},
		"one in progress": {func(c *v1alpha1.PeeredCluster) { c.Status.Nodes.InProgress = 1 }, false, "Cluster us is still being updated: 1 node in progress"},
		"not reached": {func(c *v1alpha1.PeeredCluster) {
			c.Status.Nodes.InProgress, c.Status.Conditions[0].Status = 1, metav1.ConditionFalse
		}, true, "is not known"},
	} {
		cluster := aCluster(c.edit)
		r := aRun(t, func(*Settings) {})
		r.hub.kube = holding(cluster)
		idle, said, err := r.isIdle(r.other)(t.Context())
		if idle != c.idle || err != nil || !strings.Contains(said, c.says) || c.says == "" && said != "" {
			t.Errorf("%s: %t, %q, %v", name, idle, said, err)
		}
	}
	r := aRun(t, func(*Settings) {})
	r.hub.kube = holding()
	if idle, _, err := r.isIdle(r.other)(t.Context()); !idle || err != nil {
		t.Errorf("a cluster that is gone is waited for: %v", err)
	}
}

func TestANodeStepOnlyPassesWhatIsDoneAndNotPaused(t *testing.T) {
	t.Parallel()
	for _, paused := range []bool{false, true} {
		r := aRun(t, func(*Settings) {})
		r.hub.kube = holding(aCluster(func(c *v1alpha1.PeeredCluster) { c.Spec.Rollout.Paused = paused }))
		p, err := r.nodes(t.Context(), r.other)
		if !p.done || p.paused != paused || err != nil {
			t.Errorf("%+v, %v", p, err)
		}
		if !paused {
			there, err := r.renew(r.other).there(t.Context())
			if !there || err != nil {
				t.Errorf("what is done is not passed: %v", err)
			}
		}
	}
}

func TestAPausedRolloutIsToldToAPersonAndTakenUpAgainByTheStep(t *testing.T) {
	t.Parallel()
	r := aRun(t, func(*Settings) {})
	r.hub.kube = holding(aCluster(is(v1alpha1.ReasonPaused)))
	if _, _, err := r.renewed(r.other)(t.Context()); err == nil || err.Error() != "Paused: It is so." {
		t.Error(err)
	}
	want := []string{"kubectl crossvpc rollout approve us --context prod-eu", "kubectl crossvpc rollout resume us --context prod-eu # where it is paused"}
	if diff := cmp.Diff(want, shown(r.renew(r.other).do)); diff != "" {
		t.Error(diff)
	}
	if err := r.resume(r.other).do(t.Context()); err != nil {
		t.Errorf("what is not paused is resumed: %v", err)
	}
}

// TestWhoeverIsInterruptedGoesOnWhereHeWas plays a step that is made, and one whose undo is interrupted.
func TestWhoeverIsInterruptedGoesOnWhereHeWas(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(s *Settings) { s.Patience = 1 << 40 }))
	r.yes = true
	times := 0
	var fails error
	s := step{id: "a", title: "A", do: []command{{do: func(context.Context) error { times++; return fails }}}}
	s.undo = func(json.RawMessage) []command { return []command{{do: func(context.Context) error { return fails }}} }
	fails = context.Canceled
	if err := r.make(t.Context(), s); !errors.Is(err, context.Canceled) || r.record.passed("a") {
		t.Error("what was interrupted is passed", err)
	}
	fails = nil
	for range 2 { // the second time it is done already
		if err := r.make(t.Context(), s); err != nil || times != 2 || !r.record.passed("a") {
			t.Error(times, err)
		}
	}
	fails = context.Canceled
	if err := r.takeBack(t.Context(), s, r.record.Steps[0]); !errors.Is(err, context.Canceled) || !r.record.has("a") || r.record.passed("a") {
		t.Error("a step whose undo was interrupted is passed", err)
	}
}

func TestWhoeverTookThePeeringBackIsShownAPlanAgain(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(s *Settings) { s.Patience = 1 << 40 }))
	r.yes, r.hub.kube = true, holding()
	for _, id := range []string{"admit", "plan", "apply"} {
		if err := errors.Join(r.record.begin(id, nil), r.record.mark(id, true)); err != nil {
			t.Fatal(err)
		}
	}
	apply := r.apply()
	apply.undo = func(json.RawMessage) []command { return nil }
	if err := r.takeBack(t.Context(), apply, r.record.Steps[2]); err != nil {
		t.Fatal(err)
	}
	if !r.record.passed("admit") || r.record.passed("plan") || r.record.passed("apply") || !r.record.has("plan") {
		t.Errorf("%+v", r.record.Steps)
	}
}

// TestAnInterruptedUndoOfThePeeringIsFollowedByAPlan: the step whose undo was interrupted stays on record behind its plan.
func TestAnInterruptedUndoOfThePeeringIsFollowedByAPlan(t *testing.T) {
	t.Parallel()
	r := onRecord(t, aRun(t, func(s *Settings) { s.Patience = 1 << 40 }))
	r.yes, r.hub.kube = true, holding()
	for _, id := range []string{"admit", "plan", "apply"} {
		if err := errors.Join(r.record.begin(id, nil), r.record.mark(id, true)); err != nil {
			t.Fatal(err)
		}
	}
	apply := r.apply()
	apply.undo = func(json.RawMessage) []command {
		return []command{{do: func(context.Context) error { return context.Canceled }}}
	}
	if err := r.takeBack(t.Context(), apply, r.record.Steps[2]); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	again, err := readRecord(r.Record, &r.Settings)
	if err != nil || !again.passed("admit") || again.passed("plan") || again.passed("apply") || !again.has("apply") {
		t.Errorf("%+v, %v", again, err)
	}
	if err := again.mark("plan", true); err != nil || !again.passed("plan") {
		t.Errorf("a plan that was shown again is not passed: %+v, %v", again.Steps, err)
	}
}

// TestNoPlanIsMadeOfAPeeringOnItsWayOut waits until it is gone; without a deletion nothing is waited for.
func TestNoPlanIsMadeOfAPeeringOnItsWayOut(t *testing.T) {
	t.Parallel()
	going := peeringBetween("eu-us", "local", "us")
	going.DeletionTimestamp, going.Finalizers = &metav1.Time{Time: time.Unix(1, 0)}, []string{"a/b"}
	r := aRun(t, func(*Settings) {})
	r.hub.kube = holding(going)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	err := r.plan().do[0].do(ctx)
	cancel()
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a VPCPeering that is being deleted is not waited for: %v", err)
	}
	for _, kube := range []client.WithWatch{holding(), holding(peeringBetween("eu-us", "local", "us"))} {
		r.hub.kube = kube
		if err := r.plan().do[0].do(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
