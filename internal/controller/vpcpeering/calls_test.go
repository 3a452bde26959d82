package vpcpeering

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/figure"
	"github.com/crossvpc/crossvpc/test/kstatus"
	"github.com/crossvpc/crossvpc/test/scene"
)

// The critical path of dependent calls: lists, request, its confirmation, accept, its confirmation, rules, routes.
const criticalPath = 7

const (
	// mostOfPath is what it takes at most of the critical path. A call more of seven is a seventh of it.
	mostOfPath = 1.5
	// latencyBusy is that of a call in the gate, where decisions and the API server take longer than for make bench, on a quiet
	// machine with 100 ms a call.
	latencyBusy = 500 * time.Millisecond
)

func (w *world) byAction(query awssim.Query) map[string]int {
	count := map[string]int{}
	for _, entry := range w.cloud.Journal(query) {
		count[entry.Action]++
	}
	return count
}

func figures(count map[string]int) string {
	var lines []string
	for _, action := range slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(count[b]-count[a], strings.Compare(a, b)) }) {
		lines = append(lines, fmt.Sprintf("%d %s", count[action], action))
	}
	return strings.Join(lines, ", ")
}

func TestTheFirstReadyTakesLittleMoreThanTheCriticalPath(t *testing.T) {
	w := newWorld(t)
	w.reconcile(w.peering("warm-up", func(object *v1alpha1.VPCPeering) { object.Spec.Mode = v1alpha1.ModePlan })) // assumes the roles
	latency := latencyBusy
	if figure.Tight() {
		latency = 100 * time.Millisecond
	}
	within := time.Duration(mostOfPath * float64(criticalPath*latency))
	best := time.Hour
	for range 12 { // the best of some: a busy machine makes any one run slow
		w.cloud.SetTiming(awssim.Instant())
		object := w.peering("eu-us", nil)
		timing := awssim.Instant()
		timing.Latency = awssim.Duration(latency)
		w.cloud.SetTiming(timing)
		began := time.Now()
		w.settle(object)
		best = min(best, time.Since(began))
		if best <= within {
			break
		}
		w.cloud.SetTiming(awssim.Instant())
		w.remove(object)
	}
	figure.Figure{
		Name: fmt.Sprintf("time to Ready, of the critical path at %d ms a call", latency.Milliseconds()), Value: float64(best) / float64(criticalPath*latency), Target: mostOfPath,
	}.Assert(t)
}

func TestIdleReadsDoNotGrowWithTheNumberOfPeerings(t *testing.T) {
	one, twenty := idleReads(t, 1), idleReads(t, 20)
	t.Logf("a sweep at 1 peering: %s; at 20: %s", figures(one), figures(twenty))
	if !maps.Equal(one, twenty) {
		t.Errorf("a sweep costs %v at 1 peering and %v at 20", one, twenty)
	}
}

// idleReads are the calls of one sweep over n peerings at rest.
func idleReads(t *testing.T, n int) map[string]int {
	t.Helper()
	w := newSmallWorld(t)
	pairs, err := scene.Rivals(t.Context(), w.accounts, n)
	if err != nil {
		t.Fatal(err)
	}
	objects := make([]*v1alpha1.VPCPeering, n)
	for i := range pairs {
		w.pair = pairs[i]
		objects[i] = w.settle(w.peering(fmt.Sprintf("pair-%d", i), nil))
	}
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	for _, object := range objects {
		w.wants(w.reconcile(object), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
	}
	return w.byAction(awssim.Query{Service: "ec2"})
}

func TestAtRestAPassWritesNothingAndWithinASweepCallsNothing(t *testing.T) {
	w := newWorld(t)
	w.nameHosts()
	w.clock.toNextSweep()
	object := w.settle(w.peering("eu-us", withDNS))
	w.clock.toNextSweep()
	w.reconcile(object)
	version := w.read(object).ResourceVersion
	w.cloud.ClearJournal()
	wired := apiServerThrough(t, w.wire.ToCluster)
	w.reconciler.Client, w.reconciler.Live = indexed{wired}, wired
	for range 3 {
		w.reconcile(object)
	}
	if calls := w.cloud.Journal(awssim.Query{}); len(calls) > 0 {
		t.Errorf("within a sweep AWS was called: %s", figures(w.byAction(awssim.Query{})))
	}
	w.clock.toNextSweep()
	w.reconcile(object)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("at rest it wrote %v", writes)
	}
	if w.wire.Writes() > 0 || w.read(object).ResourceVersion != version {
		t.Errorf("at rest it wrote %d times to the API server", w.wire.Writes())
	}
}

func TestEveryStageIsReadByKstatusAsItIs(t *testing.T) {
	w := newSmallWorld(t)
	object := w.peering("eu-us", nil)
	w.wantsStage(object, "InProgress") // seen by nobody yet
	allow := w.deny("CreateVpcPeeringConnection")
	w.wantsStage(w.reconcile(object), "Failed")
	allow()
	w.wantsStage(w.settle(object), "Current")
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Paused = true })
	w.wantsStage(w.read(object), "InProgress")
	paused := w.reconcile(object)
	w.wants(paused, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPaused, "spec.paused")
	w.wantsStage(paused, "Failed") // at rest: whoever waits for it need not wait any longer
	w.wants(paused, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "")
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Paused = false })
	w.wantsStage(w.settle(object), "Current")
	w.delete(object)
	w.wantsStage(w.read(object), "Terminating")
	allow = w.deny("DeleteRoute")
	stuck := w.reconcile(object)
	w.wants(stuck, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonCleanupBlocked, "ec2:DeleteRoute")
	allow()
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
}

func (w *world) wantsStage(object *v1alpha1.VPCPeering, want string) {
	w.t.Helper()
	got, err := kstatus.Stage(object)
	if err != nil {
		w.t.Fatal(err)
	}
	if got != want {
		w.t.Errorf("kstatus says %s, want %s:%s", got, want, sentences(object))
	}
}
