package rollout

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// pool is a NodePool, and karpenterNode what Karpenter is doing to a node: it brings the successor up first, then evicts
// and removes the node, a few at a time, and passes over nodes whose pods refuse.
type pool struct {
	mark       string
	budget     int
	unmarkable *Finding
	progress   time.Time
	// scheduled: a budget of none ends by itself.
	scheduled bool
	// failing pools get no new nodes.
	failing bool
}

type karpenterNode struct {
	disrupted bool
	successor string
	launchAt  time.Time
}

func (k *pool) set(mark string, now time.Time) { k.mark, k.progress = mark, now }

func (w *world) observePools() map[string]NodePool {
	seen := map[string]NodePool{}
	for name, k := range w.pools {
		var refuses *Finding
		if k.budget == 0 {
			refuses = &Finding{Reason: podrules.BlockedByNodePoolBudget, Message: "NodePool " + name + " allows no disruption"}
			if k.scheduled {
				refuses = &Finding{Reason: podrules.BlockedByNodePoolSchedule, Message: "NodePool " + name + " allows no disruption now."}
			}
		}
		seen[name] = NodePool{Mark: k.mark, Refuses: refuses, Unmarkable: k.unmarkable, Progress: k.progress}
	}
	return seen
}

// karpenter does a second's work on a pool.
func (w *world) karpenter(name string, k *pool) {
	disrupted := 0
	for _, m := range slices.Clone(w.nodes) {
		if m.pool != name {
			continue
		}
		if m.karpenter.disrupted || !m.ready(w.now) {
			disrupted++
		}
		if m.karpenter.disrupted {
			w.continueDisruption(m, k)
		}
	}
	for _, m := range slices.Clone(w.nodes) {
		// A cordon is none of Karpenter's business, but our shield on the node is.
		shielded := m.record != nil && m.record.Cordoned || m.refusing() != nil && !m.forced || m.undisruptable != nil
		refused := slices.ContainsFunc(m.pods, func(p *pod) bool { return p.refused })
		if m.pool == name && m.mark != k.mark && !shielded && !refused && m.ready(w.now) && !m.karpenter.disrupted && disrupted < k.budget {
			m.karpenter = karpenterNode{disrupted: true, launchAt: w.now.Add(nodeBoot)}
			disrupted++
		}
	}
}

func (w *world) continueDisruption(m *machine, k *pool) {
	switch successor := w.node(m.karpenter.successor); {
	case k.failing || w.now.Before(m.karpenter.launchAt):
	case successor == nil:
		m.karpenter.successor = w.joinPool(m.pool, m.zone, k)
	case m.movable() > 0 && successor.ready(w.now) && successor.agent.ready(w.now):
		w.evict(m, func(p *pod) bool { return !p.daemonSet })
	case m.movable() == 0 && !m.leaving:
		m.leaving, m.goneAt = true, w.now.Add(nodeLinger)
	}
}

func (w *world) joinPool(name, zone string, k *pool) string {
	m := w.join("", zone)
	m.way, m.pool, m.mark = WayNodePool, name, k.mark
	k.progress = w.now
	return m.name
}

func karpenters(names ...string) *world {
	w := newWorld()
	for i, name := range names {
		w.add(name, string(rune('a'+i%2)), WayNodePool, 2)
	}
	return w
}

// marked holds once a pool has a mark.
func marked(name string) func(*world) bool {
	return func(w *world) bool { return w.pools[name].mark != "" }
}

func karpenterSituations() map[string]situation {
	return map[string]situation{
		"NodePools are marked one at a time after a canary in place": {world: karpenters("n1", "n2", "n3", "n4", "n5")},
		"a mixed cluster has each node by its own driver, Karpenter's last": func() situation {
			w := replaced("n1", "n2")
			w.add("n3", "a", WayNodePool, 2)
			w.add("n4", "a", WayNodePool, 2)
			w.add("n5", "b", WayNone, 2)
			return situation{world: w}
		}(),
		"a NodePool that somebody else keeps is named and not fought over": func() situation {
			w := karpenters("n1", "n2", "n3", "n4")
			return situation{world: w, events: []event{
				{"Git takes the mark back", marked("pool-b"), func(w *world) {
					w.pools["pool-b"].mark = ""
					w.pools["pool-b"].unmarkable = &Finding{Reason: BlockedByNodePoolOwner, Message: "argocd took the annotation back"}
				}},
				{"Git has the mark", at(40 * time.Minute), func(w *world) {
					w.pools["pool-b"].set("r1", w.now)
					w.pools["pool-b"].unmarkable = nil
				}},
			}}
		}(),
		"a NodePool without a disruption budget is not marked before it has one": func() situation {
			w := karpenters("n1", "n2", "n3", "n4")
			w.pools["pool-a"].budget = 0
			return situation{world: w, events: []event{{"pool-a gets a budget", at(20 * time.Minute), func(w *world) { w.pools["pool-a"].budget = 2 }}}}
		}(),
		"a node that refuses Karpenter blocks no other NodePool": func() situation {
			w := karpenters("n1", "n2", "n3", "n4")
			w.node("n1").undrainable = &Finding{Reason: "PodRefusesDisruption", Message: "pod shop/ledger asks not to be disturbed"}
			return situation{world: w, until: at(20 * time.Minute)}
		}(),
		"a NodePool with a pod that Karpenter would not spare is not marked before that is gone": func() situation {
			w := karpenters("n1", "n2", "n3", "n4")
			refuses := &Finding{Reason: "PodRefusesDisruption", Message: "pod shop/ledger is not safe to evict"}
			w.node("n1").undrainable, w.node("n1").exposed = refuses, refuses
			return situation{world: w, events: []event{{"the pod is moved", at(20 * time.Minute), func(w *world) {
				w.node("n1").undrainable, w.node("n1").exposed = nil, nil
			}}}}
		}(),
		"Karpenter that replaces nothing stops the rollout until it does": func() situation {
			w := karpenters("n1", "n2", "n3", "n4", "n5")
			for _, k := range w.pools {
				k.failing = true
			}
			return situation{world: w, events: []event{{"nodes can be launched again", at(50 * time.Minute), func(w *world) {
				for _, k := range w.pools {
					k.failing = false
				}
			}}}}
		}(),
		"a pause does not stop Karpenter, and says so": func() situation {
			return situation{world: karpenters("n1", "n2", "n3", "n4", "n5"), events: []event{
				{"paused", marked("pool-a"), func(w *world) { w.policy.Paused = true }},
				{"resumed", at(30 * time.Minute), func(w *world) { w.policy.Paused = false }},
			}}
		}(),
		"a NodePool that waits for its schedule keeps others from being marked beside it": func() situation {
			w := karpenters("n1", "n2", "n3", "n4", "n5")
			return situation{world: w, events: []event{
				{"the budget of pool-a closes by its schedule", func(w *world) bool {
					return w.pools["pool-a"].mark != "" && (w.node("n1") == nil || w.node("n5") == nil)
				}, func(w *world) {
					w.pools["pool-a"].budget, w.pools["pool-a"].scheduled = 0, true
				}},
				{"it opens again", at(30 * time.Minute), func(w *world) {
					w.pools["pool-a"].budget, w.pools["pool-a"].scheduled, w.pools["pool-a"].progress = 1, false, w.now
				}},
			}}
		}(),
		"a DaemonSet's pod that refuses Karpenter is named and blocks no other node": func() situation {
			w := karpenters("n1", "n2", "n3", "n4")
			w.node("n2").undisruptable = &Finding{Reason: "PodRefusesDisruption", Message: "Pod kube-system/log-n2 has the annotation karpenter.sh/do-not-disrupt. Karpenter does not replace a node with such a pod."}
			return situation{world: w, until: at(20 * time.Minute)}
		}(),
		"a NodePool that forces pods out is marked where that may be": func() situation {
			w := karpenters("n1", "n2", "n3")
			n := w.node("n1")
			n.undrainable, n.forced = &Finding{Reason: "PodRefusesDisruption", Message: "pod shop/ledger asks not to be disturbed"}, true
			return situation{world: w, until: at(20 * time.Minute)}
		}(),
		"a value that returns gets another mark": func() situation {
			w := karpenters("n1", "n3", "n5")
			w.pools["pool-a"].mark = "r1"
			for _, m := range w.nodes {
				m.mark, m.pool = "r1", "pool-a"
			}
			return situation{world: w}
		}(),
	}
}

// beforeMark judges a step that has Karpenter replace the nodes of a pool.
func (r *referee) beforeMark(s Step) {
	r.t.Helper()
	w := r.world
	released := len(w.written) == 0 || w.written[len(w.written)-1].Revision == w.target && w.written[len(w.written)-1].Mode == cilium.SelectAllBut
	switch {
	case !released || !MarkOf(s.Mark, w.target):
		r.failf("N5: %s before the value is released", s)
	case w.policy.Paused || w.policy.OnDelete:
		r.failf("%s while nothing is to be started", s)
	case w.pools[s.NodePool].unmarkable != nil || w.pools[s.NodePool].budget == 0:
		r.failf("C4: %s although it refuses", s)
	case !slices.ContainsFunc(w.nodes, func(m *machine) bool { return m.pool == s.NodePool && w.freshness(m) != FreshnessCurrent }):
		r.failf("C7: %s although all of its nodes are current", s)
	}
	for _, other := range slices.Sorted(maps.Keys(w.pools)) {
		busy := slices.ContainsFunc(w.nodes, func(m *machine) bool {
			return m.pool == other && m.karpenter.disrupted && w.freshness(m) == FreshnessStale && m.mark != w.pools[other].mark
		})
		waits := w.pools[other].scheduled && MarkOf(w.pools[other].mark, w.target) && slices.ContainsFunc(w.nodes, func(m *machine) bool {
			return m.pool == other && w.freshness(m) == FreshnessStale && m.mark != w.pools[other].mark && m.ready(w.now) && m.record == nil
		})
		if other != s.NodePool && waits {
			r.failf("%s while Karpenter goes on with %s when its schedule allows", s, other)
		}
		if other != s.NodePool && busy && w.pools[other].unmarkable == nil && w.pools[other].budget > 0 && MarkOf(w.pools[other].mark, w.target) {
			r.failf("%s while Karpenter is at work in %s", s, other)
		}
	}
	if k := w.pools[s.NodePool]; k.mark == s.Mark {
		r.failf("N6: %s, which it has", fmt.Sprint(s))
	}
}
