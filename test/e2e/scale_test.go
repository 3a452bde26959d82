package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/nodesim"
)

// scale is a rollout of many nodes, and how it is disturbed.
type scale struct {
	nodes, budget         int
	deployments, replicas int
	// boots is how long a machine takes to boot.
	boots time.Duration
	// kills of the manager at random moments.
	kills int
	// inTime: the time is a target, not only a figure.
	inTime bool
}

// What a replacement takes by itself: a machine boots, its agent comes up, and both
// are Ready for minReadySeconds. With soon it is the 3 s of the target.
const (
	soon       = 1500 * time.Millisecond
	agentBoots = 500 * time.Millisecond
	minReady   = time.Second
)

func (s scale) replacement() time.Duration { return s.boots + agentBoots + minReady }

// Targets of a large rollout; docs/scale.md#figures has what was measured.
const (
	mostOfIdeal   = 1.25
	mostResident  = 128 // MiB
	mostCallsNode = 8   // for each node replaced, other than evictions
	mostCallsEach = 10  // for each reconciliation, whatever the number of nodes
)

// TestManyNodesAreReplacedThoughTheManagerIsKilled is the small version of the figures
// that make bench gives.
func TestManyNodesAreReplacedThoughTheManagerIsKilled(t *testing.T) {
	scale{nodes: 40, budget: 5, deployments: 8, replicas: 25, boots: soon, kills: 4}.roll(t)
}

// TestScaleAHundredNodesAtAPaceThatTwoCoresKeepUpWith tells what the operator adds to what machines take: with 3 s for a
// replacement both cores are busy with the control planes, and the time says nothing about it.
func TestScaleAHundredNodesAtAPaceThatTwoCoresKeepUpWith(t *testing.T) {
	hundred(t, 0)
}

// TestScaleAHundredNodesKilledTwentyTimes has the same outcome.
func TestScaleAHundredNodesKilledTwentyTimes(t *testing.T) {
	hundred(t, 20)
}

func hundred(t *testing.T, kills int) {
	t.Helper()
	if os.Getenv("E2E_SCALE") == "" {
		t.Skip("takes minutes: make scale sets E2E_SCALE")
	}
	scale{nodes: 100, budget: 10, deployments: 20, replicas: 50, boots: 10500 * time.Millisecond, kills: kills, inTime: kills == 0}.roll(t)
}

// TestScaleFiveHundredNodes is the target: 500 nodes, 5,000 pods, 40 budgets.
func TestScaleFiveHundredNodes(t *testing.T) {
	fiveHundred(t, 0)
}

// TestScaleFiveHundredNodesKilledTwentyTimes has the same outcome.
func TestScaleFiveHundredNodesKilledTwentyTimes(t *testing.T) {
	fiveHundred(t, 20)
}

func fiveHundred(t *testing.T, kills int) {
	t.Helper()
	if os.Getenv("E2E_SCALE") == "" {
		t.Skip("takes minutes and both cores: make scale sets E2E_SCALE")
	}
	scale{nodes: 500, budget: 25, deployments: 40, replicas: 125, boots: soon, kills: kills}.roll(t)
}

func (s scale) workloads() []nodesim.Workload {
	var list []nodesim.Workload
	for i := range s.deployments {
		list = append(list, nodesim.Workload{
			Namespace: "default", Name: fmt.Sprintf("app-%02d", i),
			Replicas: int32(s.replicas), MaxUnavailable: int32(max(2, s.replicas/10)),
		})
	}
	return list
}

func (s scale) objects() string {
	return strings.ReplaceAll(objects, "strategy: ReplaceNodes, maxUnavailable: 2,", fmt.Sprintf("strategy: ReplaceNodes, maxUnavailable: %d,", s.budget))
}

func (s scale) ideal() time.Duration {
	return time.Duration(float64(s.nodes) / float64(s.budget) * float64(s.replacement()))
}

func (s scale) roll(t *testing.T) {
	t.Helper()
	r := setUpWithin(t, 20*time.Minute, rig.Options{
		Nodes: s.nodes, Bare: true, Workloads: s.workloads(),
		NodeMonitorGracePeriod: time.Hour, // heartbeats come late where all cores are busy
		EditSim: func(_ string, options *nodesim.Options) {
			options.NodeDelay, options.AgentDelay, options.NodeLinger = s.boots, agentBoots, 500*time.Millisecond
		},
	})
	startManager(t, r)
	apply(t, r, s.objects())
	run := &scaleRun{scale: s, rig: r}
	run.before(t)
	apply(t, r, peering)
	s.disturb(t, r, run)
	run.untilDone(t)
	run.after(t)
	if names := cordonedNodes(t, r.US); len(names) > 0 {
		t.Errorf("nodes that are left cordoned: %v", names)
	}
	expectInvariants(t, r.US, s.budget)
	// All but the canary are replaced, each once.
	if ended := terminations(r); len(ended) != s.nodes-1 {
		t.Errorf("%d instances were terminated, want %d", len(ended), s.nodes-1)
	}
	run.print(t)
}

// disturb kills the manager at random moments of the time that the rollout would
// take at best.
func (s scale) disturb(t *testing.T, r *rig.Rig, run *scaleRun) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	for range s.kills {
		pause(t, time.Duration(random.Int64N(int64(2*s.ideal())/int64(s.kills))))
		run.resident = max(run.resident, peak(t, r.Manager.PID()))
		run.cpu += cpuOf(t, r.Manager.PID())
		if err := r.Manager.Kill(); err != nil {
			t.Fatal(err)
		}
		startManager(t, r)
	}
}

func (run *scaleRun) untilDone(t *testing.T) {
	t.Helper()
	untilWithin(t, 30*time.Minute, "all nodes to be replaced", func() (bool, string) {
		object := cluster(t, run.rig, "us")
		nodes := object.Status.Nodes
		if nodes == nil || object.Status.Cilium == nil {
			return false, describe(object.Status.Conditions)
		}
		done := nodes.Total == int32(run.nodes) && nodes.Current == nodes.Total && len(object.Status.Replacements) == 0 &&
			object.Status.Cilium.DesiredCIDR == first
		return done && has(object.Status.Conditions, v1alpha1.ConditionNodesUpToDate, "True", v1alpha1.ReasonUpToDate), describe(object.Status.Conditions)
	})
}

// once leaves out the second of the two events that a watch makes, when it begins and when it ends.
func once(e auditv1.Event) bool { return e.Verb != "watch" || e.Stage == auditv1.StageResponseStarted }

// fullLists are requests for all objects of a kind, as lists or as the beginning of a watch.
func fullLists(t *testing.T, side *rig.Side) int {
	t.Helper()
	count := 0
	for _, e := range ownEvents(t, side) {
		list := e.Verb == "list" && !strings.Contains(e.RequestURI, "fieldSelector=")
		if list || e.Verb == "watch" && once(e) && strings.Contains(e.RequestURI, "sendInitialEvents=true") {
			count++
		}
	}
	return count
}

// calls are the manager's requests in a cluster, most frequent first.
type calls struct {
	lines []string
	// evictions, those that belong to a reconciliation (there are many), and those that belong to a node.
	evictions, ofPass, passes, ofNode int
}

func callsIn(t *testing.T, side *rig.Side) calls {
	t.Helper()
	counts, c := map[string]int{}, calls{}
	for _, e := range ownEvents(t, side) {
		if !once(e) {
			continue
		}
		what := strings.TrimSpace(e.Verb + " " + resource(e))
		counts[what]++
		switch what {
		case "create pods/eviction":
			c.evictions++
		case "get namespaces":
			c.passes++
			c.ofPass++
		case "patch nodes", "list pods", "delete pods", "update ciliumnodeconfigs", "create ciliumnodeconfigs":
			c.ofNode++
		default:
			c.ofPass++
		}
	}
	for what, count := range counts {
		c.lines = append(c.lines, fmt.Sprintf("%6d %s", count, what))
	}
	slices.Sort(c.lines)
	slices.Reverse(c.lines)
	return c
}
