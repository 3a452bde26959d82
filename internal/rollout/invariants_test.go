package rollout

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// referee knows the truth about the world and judges every step by it.
type referee struct {
	t     *testing.T
	world *world
	trace []string
	// started are the nodes in the order in which they were started on; steps counts those that were applied.
	started []string
	steps   int
	// last holds the steps of the reconciliation before; a step that is only repeated is not noted again.
	last []string
}

func (r *referee) failf(format string, args ...any) {
	r.t.Helper()
	for _, line := range r.trace[max(0, len(r.trace)-40):] {
		r.t.Log(line)
	}
	r.t.Fatalf(format, args...)
}

// before judges a step that is about to be applied.
func (r *referee) before(s Step) {
	r.t.Helper()
	m := r.world.node(s.Node)
	r.beforeStart(s, m)
	switch s.Kind {
	case StepCordon:
		if m.cordonedBy == "" && r.world.lacking()+1 > r.world.policy.MaxUnavailable {
			r.failf("N1: %s with %d nodes unavailable and maxUnavailable %d", s, r.world.lacking(), r.world.policy.MaxUnavailable)
		}
		if m.cordonedBy == "other" {
			r.failf("N3: %s takes over somebody else's cordon", s)
		}
	case StepUncordon:
		if m.cordonedBy == "other" {
			r.failf("N3: %s lifts somebody else's cordon", s)
		}
	case StepTerminateInstance:
		r.beforeTerminate(s, m)
	case StepRestartAgent:
		if m.agent != nil && m.agent.uid == s.AgentUID && !m.agent.crashes && m.agent.value != r.world.value(m.name) && m.movable() > 0 && !r.world.restores {
			r.failf("C5: %s strands %d pods", s, m.movable())
		}
	case StepReleaseForAll:
		r.beforeRelease(s)
	case StepMarkNodePool:
		r.beforeMark(s)
	case StepEvictPods, StepEvictStranded:
		if why := m.refusing(); why != nil {
			r.failf("N2: %s though %s", s, why.Message)
		}
	}
	if why := r.world.mayWrite(); why != "" && (s.Kind == StepReleaseForAll || s.Kind == StepWriteCanaryConfig) {
		r.failf("%s although %s", s, why)
	}
}

// beforeStart judges a step that takes up work on a node.
func (r *referee) beforeStart(s Step, m *machine) {
	r.t.Helper()
	if s.Kind != StepCordon && s.Kind != StepBegin {
		return
	}
	r.started = append(r.started, s.Node)
	if why := r.world.mayStart(); why != "" {
		r.failf("%s although %s", s, why)
	}
	if m.ready(r.world.now) && m.cordonedBy == "" && r.world.lacking()+r.world.agentsRestarting()+1 > r.world.policy.MaxUnavailable {
		r.failf("N1: %s with %d nodes unavailable, %d agents in progress and maxUnavailable %d", s, r.world.lacking(), r.world.agentsRestarting(), r.world.policy.MaxUnavailable)
	}
	if v := r.world.freshness(m); v != FreshnessStale && v != FreshnessSplit {
		r.failf("C7: %s of a node that is %s", s, v)
	}
	if s.Kind == StepCordon && m.unrenewable != nil && (m.way == WayRecycle || s.Record.Canary) {
		r.failf("C5: %s although %s", s, m.unrenewable.Message)
	}
	if m.way == WayNone {
		r.failf("N4: %s touches what nothing may touch", s)
	}
	if s.Kind == StepCordon {
		return
	}
	if !r.world.restores || m.way != WayRestart {
		r.failf("C5: %s would strand pods", s)
	}
	if r.world.agentsRestarting() > 0 {
		r.failf("%s while the agent of another node is recreated", s)
	}
}

func (r *referee) beforeTerminate(s Step, m *machine) {
	r.t.Helper()
	recorded := slices.ContainsFunc(r.world.replacements, func(e Replacement) bool { return e.InstanceID == m.instance })
	switch {
	case m.movable() > 0:
		r.failf("N4: %s with %d evictable pods left", s, m.movable())
	case m.group == "" || m.group != s.Replacement.Group || m.instance != s.Replacement.InstanceID:
		r.failf("N4: %s is not of the group of %s", s, m.instance)
	case m.localData != nil && !recordedBefore(r, m) && m.record.SuccessorOf == "":
		r.failf("%s loses data: %s", s, m.localData.Message)
	case r.world.groups[m.group].version != "" && r.world.groups[m.group].from() != m.from && r.world.policy.Approved != r.world.target && !recordedBefore(r, m) && m.record.SuccessorOf == "":
		r.failf("%s brings %s unasked", s, r.world.groups[m.group].from())
	case m.stillAttached(r.world.now) && !recordedBefore(r, m) && r.world.now.Before(m.record.StartTime.Add(r.world.policy.DrainTimeout)):
		r.failf("%s while volumes are attached", s)
	case !recorded:
		r.failf("N6: %s before it is in status", s)
	}
}

// recordedBefore: what befalls a node whose replacement is in progress comes too late.
func recordedBefore(r *referee, m *machine) bool {
	return slices.ContainsFunc(r.world.replacements, func(e Replacement) bool { return e.InstanceID == m.instance && e.Since.Before(r.world.now) })
}

func (r *referee) beforeRelease(s Step) {
	r.t.Helper()
	w := r.world
	old := 0
	for _, m := range w.nodes {
		proven := m.agent != nil && m.agent.value == s.Selection.Revision && m.agent.ready(w.now) && !w.now.Before(m.agent.readyAt.Add(w.policy.MinReady))
		if proven {
			return
		}
		if m.agent == nil || m.agent.value != s.Selection.Revision {
			old++
		}
	}
	if old > 0 && !w.policy.OnDelete {
		r.failf("N5: %s before any node was Ready on it for %s", s, w.policy.MinReady)
	}
}

// after judges the world as a step left it.
func (r *referee) after(s Step) {
	r.t.Helper()
	w, reached := r.world, 0
	for _, m := range w.nodes {
		if m.foundOlder = m.foundOlder && s.Selection == nil; m.foundOlder { // what reaches it, no step of ours had reach it
			continue
		}
		if m.agent == nil || m.agent.value == w.target || w.target == "" || w.value(m.name) != w.target {
			continue
		}
		reached++
		if !m.record.processedFor(w.target) {
			r.failf("C6: after %s the new value reaches %s, which is not processed", s, m.name)
		}
	}
	if newest := len(w.written) - 1; reached > 1 && newest >= 0 && w.written[newest].Mode == cilium.SelectCanary {
		r.failf("N5: after %s the value reaches %d nodes on trial", s, reached)
	}
}

// decide plans, and checks that the order of what was observed makes no difference (N6).
func (r *referee) decide(random *rand.Rand) Decision {
	r.t.Helper()
	in := r.world.observe()
	decision := Plan(in)
	random.Shuffle(len(in.Nodes), func(i, j int) { in.Nodes[i], in.Nodes[j] = in.Nodes[j], in.Nodes[i] })
	random.Shuffle(len(in.Replacements), func(i, j int) {
		in.Replacements[i], in.Replacements[j] = in.Replacements[j], in.Replacements[i]
	})
	if again := Plan(in); !reflect.DeepEqual(decision, again) {
		r.failf("N6: the same input in another order gives another decision:\n%s", cmp.Diff(decision, again))
	}
	return decision
}

// reconcile applies what was decided; cut says after how many steps the process dies, negative for never.
func (r *referee) reconcile(random *rand.Rand, cut int) Decision {
	r.t.Helper()
	if r.world.unreachable {
		return Decision{}
	}
	decision := r.decide(random)
	last := r.last
	r.last = nil
	for i, step := range decision.Steps {
		if i == cut {
			r.note("killed")
			return decision
		}
		r.last = append(r.last, step.String())
		if !slices.Contains(last, step.String()) {
			r.note(step.String())
		}
		r.before(step)
		r.world.apply(step)
		r.steps++
		r.after(step)
	}
	r.world.retry = false
	return decision
}

func (r *referee) note(line string) {
	r.trace = append(r.trace, fmt.Sprintf("%s %s", clockOf(r.world), line))
}

func clockOf(w *world) string {
	elapsed := w.now.Sub(epoch)
	return fmt.Sprintf("%3d:%02d", int(elapsed.Minutes()), int(elapsed.Seconds())%60)
}
