package rollout

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// TestAnyClusterWithAnyFaultsKeepsN1ToN6AndC6 rolls random clusters through random faults, kills the process after a
// random step again and again, lets the referee judge every step, and then expects the end state once the faults are
// cured. A seed that fails is in the test's name.
func TestAnyClusterWithAnyFaultsKeepsN1ToN6AndC6(t *testing.T) {
	count := uint64(250)
	if testing.Short() {
		count = 50
	}
	var steps atomic.Int64
	t.Cleanup(func() { t.Logf("%d worlds, %d steps, each judged", count, steps.Load()) })
	for seed := range count {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 2))
			r := &referee{t: t, world: randomWorld(random)}
			r.disturb(random, 40*time.Minute)
			r.cure()
			r.converge(random, 8*time.Hour)
			steps.Add(int64(r.steps))
		})
	}
}

func randomWorld(random *rand.Rand) *world {
	w := newWorld()
	w.policy.MaxUnavailable = 1 + random.IntN(3)
	w.policy.MinReady = time.Duration(random.IntN(40)) * time.Second
	w.policy.DrainTimeout = time.Duration(1+random.IntN(10)) * time.Minute
	w.policy.ProgressDeadline = time.Duration(3+random.IntN(10)) * time.Minute
	w.booting = []Freshness{FreshnessStale, FreshnessUnknown}[random.IntN(2)]
	ways := [][]Way{{WayRecycle}, {WayAutoScaling}, {WayRecycle, WayAutoScaling}, {WayRestart}, {WayRestart, WayAutoScaling}, {WayNodePool}, {WayRecycle, WayAutoScaling, WayNodePool}}[random.IntN(7)]
	w.restores = ways[0] == WayRestart
	w.policy.Manual = random.IntN(4) == 0
	if random.IntN(4) == 0 {
		w.policy.Window = randomWindow(random)
	}
	for i := range 1 + random.IntN(9) {
		name := fmt.Sprintf("n%d", i)
		w.add(name, string(rune('a'+random.IntN(3))), ways[random.IntN(len(ways))], random.IntN(4))
	}
	w.operator = fmt.Sprintf("n%d", random.IntN(len(w.nodes)))
	return w
}

// randomWindow opens some time in the first hour of each day, in which the faults happen.
func randomWindow(random *rand.Rand) *Window {
	start := time.Duration(random.IntN(30)) * time.Minute
	return &Window{Start: start, End: start + time.Duration(1+random.IntN(20))*time.Minute, Location: time.UTC}
}

// disturb runs reconciliations between faults. A reconciliation that is killed is followed by the next, as after a restart. In some worlds
// the process dies after every single write, in some now and then, in some never.
func (r *referee) disturb(random *rand.Rand, span time.Duration) {
	deaths := random.IntN(4)
	for end := r.world.now.Add(span); r.world.now.Before(end); {
		if random.IntN(20) == 0 {
			r.fault(random)
		}
		cut := -1
		switch {
		case deaths == 0:
			cut = 1
		case deaths < 3 && random.IntN(3) == 0:
			cut = random.IntN(3)
		}
		r.reconcile(random, cut)
		r.world.tick(time.Duration(1+random.IntN(8)) * time.Second)
	}
}

func (r *referee) fault(random *rand.Rand) {
	w := r.world
	if len(w.nodes) == 0 {
		return
	}
	m := w.nodes[random.IntN(len(w.nodes))]
	faults := []struct {
		what string
		do   func()
	}{
		{"dies", func() { m.dead = true }},
		{"is back", func() { revive(w, m) }},
		{"is cordoned by somebody", func() {
			if m.cordonedBy == "" && m.record == nil {
				m.cordonedBy = "other"
			}
		}},
		{"is uncordoned by somebody", func() { m.cordonedBy = "" }},
		{"loses its agent", func() { m.agent, m.agentAt = nil, w.now.Add(agentRemake) }},
		{"has a budget that refuses", func() { refuse(m, true) }},
		{"has a budget that allows", func() { refuse(m, false) }},
		{"has a pod that must not be disrupted", func() { m.undrainable = &Finding{Reason: "DoNotDisrupt", Message: "pod shop/cart says so"} }},
		{"has none any more", func() { m.undrainable = nil }},
		{"is terminated by its group", func() { terminateByOthers(w, m) }},
		{"sees a node join", func() { w.join("", "a") }},
		{"sees its group break", func() { breakGroup(w, m.group, true) }},
		{"sees its group work", func() { breakGroup(w, m.group, false) }},
		{"sees a new revision", func() { w.target, w.since = w.id("r"), w.now }},
		{"sees a new revision that crashes agents", func() { w.target, w.since = w.id("bad"), w.now; w.crashes[w.target] = true }},
		{"gets a pod in spite of its cordon", func() { squeeze(m) }},
		{"sees an earlier revision return", func() { comeBack(w, fmt.Sprintf("r%d", 1+random.IntN(w.serial))) }},
		{"sees the last peering go", func() { w.target, w.written = "", nil }},
		{"sees the evidence lost", func() { w.evidence = "the history is gone" }},
		{"sees the evidence back", func() { w.evidence = "" }},
		{"sees Git take back the mark of its NodePool", func() { takeBack(w, m.pool) }},
		{"sees Git leave its NodePool alone", func() { tune(w, m.pool, func(k *pool) { k.unmarkable = nil }) }},
		{"sees its NodePool allow nothing", func() { tune(w, m.pool, func(k *pool) { k.budget = 0 }) }},
		{"sees its NodePool allow two at a time", func() { tune(w, m.pool, func(k *pool) { k.budget, k.scheduled = 2, false }) }},
		{"sees its NodePool allow nothing by schedule", func() { tune(w, m.pool, func(k *pool) { k.budget, k.scheduled = 0, true }) }},
		{"has a DaemonSet's pod that refuses Karpenter", func() { m.undisruptable = &Finding{Reason: "DoNotDisrupt", Message: "pod kube-system/log says so"} }},
		{"has no such pod", func() { m.undisruptable = nil }},
		{"sees its NodePool fail", func() { tune(w, m.pool, func(k *pool) { k.failing = true }) }},
		{"sees its NodePool work", func() { tune(w, m.pool, func(k *pool) { k.failing = false }) }},
		{"sees a pause", func() { w.policy.Paused = true }},
		{"sees a resume", func() { w.policy.Paused = false }},
		{"sees the configuration deleted", func() { w.written = nil }},
		{"sees all rollouts stopped", func() { w.stopped = "incident 12" }},
		{"sees the stop lifted", func() { w.stopped = "" }},
		{"sees its revision approved", func() { w.policy.Approved = w.target }},
		{"sees the approval taken back", func() { w.policy.Approved = "" }},
		{"sees another attempt asked for", func() { w.retry = true }},
		{"sees Cilium change to a version with the restore fix", func() { w.change(true) }},
		{"sees Cilium change to a version without the restore fix", func() { w.change(false) }},
		{"sees a change of Cilium begin", func() { w.upgrading = "agents run two versions" }},
		{"sees a change of Cilium end", func() { w.upgrading = "" }},
		{"sees an update of Cilium wait for agents to be deleted", func() { w.pending = "the DaemonSet is on OnDelete" }},
		{"sees no such update any more", func() { w.pending = "" }},
		{"gets data on its own disks", func() { m.localData = &Finding{Reason: "LocalVolume", Message: "pv-1 is on its disk"} }},
		{"loses the data on its disks", func() { m.localData = nil }},
		{"sees its group launch another version", func() { relaunch(w, m.group, w.id("")) }},
		{"sees its group launch its own version", func() { relaunch(w, m.group, m.from.Version) }},
		{"has volumes that take a minute to be detached", func() { m.attached = time.Minute }},
		{"has volumes that are never detached", func() { m.attached = 24 * time.Hour }},
		{"gets a static pod", func() { m.unrenewable = staticPod }},
		{"loses its static pod", func() { m.unrenewable = nil }},
		{"has a pod that a finalizer keeps", func() { m.held = &Finding{Reason: "PodHeldByFinalizer", Message: "a finalizer keeps pod shop/cart"} }},
		{"has no pod that a finalizer keeps", func() { m.held = nil }},
		{"gets agents that will not start", func() { m.agentBroken = true }},
		{"gets agents that start", func() { w.repair(m) }},
		{"is of a cluster that can't be reached", func() { w.unreachable = true }},
		{"is of a cluster that answers again", func() { w.unreachable = false }},
		{"came without the value, by its stamps", func() {
			if m.group != "" && m.record == nil && m.agent != nil {
				older(m)
			}
		}},
		{"sees half the cluster cordoned by somebody", func() { cordonHalf(w) }},
	}
	f := faults[random.IntN(len(faults))]
	r.note("! " + m.name + " " + f.what)
	f.do()
}

func cordonHalf(w *world) {
	for _, m := range w.nodes[:len(w.nodes)/2] {
		if m.cordonedBy == "" && m.record == nil {
			m.cordonedBy = "other"
		}
	}
}

func revive(w *world, m *machine) {
	if m.dead {
		m.dead, m.readySince = false, w.now
	}
}

// comeBack wants a revision again whose configuration is gone; see Input.Target.
func comeBack(w *world, revision string) {
	if !slices.ContainsFunc(w.written, func(s RevisionSelection) bool { return s.Revision == revision }) {
		w.target, w.since = revision, w.now
	}
}

// squeeze is a pod that tolerates the cordon, or was bound just before it.
func squeeze(m *machine) {
	if m.agent != nil && !m.agent.crashes && !m.dead {
		m.pods = append(m.pods, &pod{born: m.agent.value})
	}
}

func refuse(m *machine, refused bool) {
	for _, p := range m.pods {
		p.refused = refused && !p.daemonSet
	}
}

// terminateByOthers is a scale-in, a spot interruption or a health check; the group replaces what it lost.
func terminateByOthers(w *world, m *machine) {
	if m.group != "" {
		w.terminate(m)
	}
}

func breakGroup(w *world, name string, broken bool) {
	if g := w.groups[name]; g != nil {
		g.broken = broken
	}
}

func relaunch(w *world, name, version string) {
	if g := w.groups[name]; g != nil {
		g.version = version
	}
}

// takeBack is what Git does to a NodePool that it keeps.
func takeBack(w *world, name string) {
	tune(w, name, func(k *pool) {
		k.mark, k.unmarkable = "", &Finding{Reason: BlockedByNodePoolOwner, Message: "argocd took the annotation back"}
	})
}

func tune(w *world, name string, change func(*pool)) {
	if k := w.pools[name]; k != nil {
		change(k)
	}
}

// cure ends every fault and asks for a revision that agents take.
func (r *referee) cure() {
	w := r.world
	r.note("! everything is cured")
	w.evidence, w.policy.Paused = "", false
	w.pending = ""
	w.stopped, w.upgrading, w.policy.Window, w.unreachable, w.policy.OnDelete = "", "", nil, false, false
	w.target, w.since, w.policy.Approved = "final", w.now, "final"
	for _, g := range w.groups {
		g.broken = false
	}
	for _, k := range w.pools {
		k.unmarkable, k.budget, k.failing, k.scheduled = nil, 1, false, false
	}
	for _, m := range w.nodes {
		revive(w, m)
		refuse(m, false)
		m.undrainable, m.unrenewable, m.held, m.undisruptable, m.localData, m.attached = nil, nil, nil, nil, nil, 0
		w.repair(m)
		if m.cordonedBy == "other" {
			m.cordonedBy = ""
		}
	}
}

// converge expects that every node becomes current, and that nothing of ours is left on any.
func (r *referee) converge(random *rand.Rand, within time.Duration) {
	r.t.Helper()
	w := r.world
	var last Decision
	for end := w.now.Add(within); w.now.Before(end); {
		last = r.reconcile(random, -1)
		if last.State == StateUpToDate && r.clean() {
			return
		}
		w.tick(10 * time.Second)
	}
	r.failf("not up to date %s after everything was cured: %s: %s %v", within, last.State, last.Message, last.BlockedNodes)
}

func (r *referee) clean() bool {
	for _, m := range r.world.nodes {
		if m.cordonedBy != "" || r.world.freshness(m) != FreshnessCurrent {
			return false
		}
	}
	return len(r.world.replacements) == 0
}
