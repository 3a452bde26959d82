package rollout

import (
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// situation is a world and what happens to it.
type situation struct {
	world *world
	// events happen once, at the first reconciliation at which the condition holds.
	events []event
	// until ends the log, one hour after the start if nil.
	until func(*world) bool
	// kill ends the process after every single step.
	kill bool
}

type event struct {
	what string
	when func(*world) bool
	do   func(*world)
}

func at(d time.Duration) func(*world) bool {
	return func(w *world) bool { return !w.now.Before(epoch.Add(d)) }
}

func recycled(names ...string) *world {
	w := newWorld()
	for i, name := range names {
		w.add(name, string(rune('a'+i%3)), WayRecycle, 2)
	}
	return w
}

func replaced(names ...string) *world {
	w := newWorld()
	for i, name := range names {
		w.add(name, string(rune('a'+i%3)), WayAutoScaling, 2)
	}
	return w
}

// restarted is a cluster whose agents restore rules.
func restarted(names ...string) *world {
	w := newWorld()
	w.restores = true
	for i, name := range names {
		w.add(name, string(rune('a'+i%3)), WayRestart, 2)
	}
	return w
}

// released holds once the value is written for all.
func released(w *world) bool {
	return len(w.written) > 0 && w.written[len(w.written)-1].Mode == cilium.SelectAllBut
}

// older makes a node one whose agent, by its stamps, may have read the value before the newest.
func older(m *machine) {
	m.agent.value, m.foundOlder = "", true
	for _, p := range m.pods {
		p.born = ""
	}
}

// working holds once we hold the cordon on one of the nodes.
func working(names ...string) func(*world) bool {
	return func(w *world) bool {
		for _, name := range names {
			if m := w.node(name); m != nil && m.cordonedBy == "us" {
				return true
			}
		}
		return false
	}
}

func situations() map[string]situation {
	all := map[string]situation{}
	for _, some := range []map[string]situation{nodeSituations(), podSituations(), ownerSituations(), mechanismSituations()} {
		maps.Copy(all, some)
	}
	return all
}

// nodeSituations are about nodes and what befalls them.
func nodeSituations() map[string]situation {
	return map[string]situation{
		"recycles every node in place":                {world: recycled("n1", "n2", "n3")},
		"replaces every node after a canary in place": {world: replaced("n1", "n2", "n3")},
		"a successor that came without the value is renewed in place": {world: replaced("n1", "n2", "n3"), events: []event{{
			"the first successor is found to have started before the value was there", func(w *world) bool { return w.node("new-5") != nil },
			func(w *world) { older(w.node("new-5")) },
		}}},
		"two at a time come from different zones": func() situation {
			w := recycled("n1", "n2", "n3", "n4", "n5", "n6")
			w.policy.MaxUnavailable = 2
			return situation{world: w}
		}(),
		"a budget that refuses blocks one node only": func() situation {
			w := recycled("n1", "n2", "n3")
			w.node("n2").pods[1].refused = true
			return situation{world: w, events: []event{{
				"the budget allows the eviction", at(40 * time.Minute), func(w *world) { w.node("n2").pods[1].refused = false },
			}}}
		}(),
		"a budget that can never allow it is found before the first cordon": func() situation {
			w := recycled("n1", "n2", "n3")
			for _, m := range w.nodes {
				m.undrainable = &Finding{Reason: "DisruptionBudget", Message: "PodDisruptionBudget shop/cart never allows an eviction"}
			}
			return situation{world: w, until: at(5 * time.Minute)}
		}(),
		"a canary whose agent crashes is turned back": func() situation {
			w := recycled("n1", "n2", "n3")
			w.crashes["r1"] = true
			return situation{world: w, until: at(10 * time.Minute)}
		}(),
		"a canary that dies on trial gives way to another": func() situation {
			return situation{world: recycled("n1", "n2", "n3"), events: []event{{
				"the canary is deleted",
				func(w *world) bool { return len(w.written) > 0 },
				func(w *world) {
					for i, m := range w.nodes {
						if m.record.Processed() {
							w.nodes = append(w.nodes[:i], w.nodes[i+1:]...)
							return
						}
					}
				},
			}}}
		}(),
		"a replacement that never comes stops the rollout until it does": func() situation {
			w := replaced("n1", "n2", "n3", "n4")
			for _, g := range w.groups {
				g.broken = true
			}
			return situation{world: w, events: []event{{
				"the groups launch again", at(50 * time.Minute), func(w *world) {
					for _, g := range w.groups {
						g.broken = false
					}
				},
			}}, until: at(70 * time.Minute)}
		}(),
		"a group that is scaled to zero in the middle and comes up again boots with the value": func() situation {
			w := replaced("n1", "n2", "n3")
			return situation{world: w, kill: true, events: []event{
				{"the group of n2 is scaled to zero while its node is replaced", func(w *world) bool { return w.terminated > 0 }, func(w *world) {
					g := w.groups[w.replacements[0].Group]
					g.desired, g.launches = 0, nil
				}},
				{"it is scaled up again", at(50 * time.Minute), func(w *world) {
					for _, g := range w.groups {
						if g.desired == 0 {
							g.desired, g.launches = 1, []time.Time{w.now.Add(nodeBoot)}
						}
					}
				}},
			}}
		}(),
		"an agent that does not come back stops the rollout": func() situation {
			w := recycled("n1", "n2", "n3")
			return situation{world: w, events: []event{
				{"agents on the other nodes will not start", func(w *world) bool {
					return len(w.written) > 0 && w.written[0].Mode == cilium.SelectAllBut
				}, func(w *world) {
					for _, m := range w.nodes {
						m.agentBroken = m.record == nil
					}
				}},
				{"the agent is repaired", at(40 * time.Minute), func(w *world) {
					for _, m := range w.nodes {
						w.repair(m)
					}
				}},
			}}
		}(),
		"paused gives back what is not past the point of no return": func() situation {
			w := recycled("n1", "n2", "n3")
			return situation{world: w, events: []event{
				{"paused", working("n2", "n3"), func(w *world) { w.policy.Paused = true }},
				{"resumed", at(10 * time.Minute), func(w *world) { w.policy.Paused = false }},
			}}
		}(),
		"a node that somebody uncordons is left alone for a while": func() situation {
			done := false
			return situation{world: recycled("n1", "n2", "n3"), events: []event{{
				"somebody uncordons what we cordoned",
				func(w *world) bool { return !done && working("n1", "n2", "n3")(w) },
				func(w *world) {
					done = true
					for _, m := range w.nodes {
						m.cordonedBy = ""
					}
				},
			}}}
		}(),
		"somebody else's cordon uses up the budget": func() situation {
			w := recycled("n1", "n2", "n3")
			w.node("n1").cordonedBy = "other"
			return situation{world: w, events: []event{{
				"n1 is uncordoned", at(10 * time.Minute), func(w *world) { w.node("n1").cordonedBy = "" },
			}}}
		}(),
		"a node that dies while it is emptied uses up the budget until it is back": func() situation {
			dead := ""
			return situation{world: recycled("n1", "n2", "n3"), events: []event{
				{"the node in work dies", working("n1", "n2", "n3"), func(w *world) {
					for _, m := range w.nodes {
						if m.cordonedBy == "us" {
							m.dead, dead = true, m.name
						}
					}
				}},
				{"it is back", at(20 * time.Minute), func(w *world) {
					m := w.node(dead)
					m.dead, m.readySince = false, w.now
				}},
			}}
		}(),
		"split nodes come first": func() situation {
			w := recycled("n1", "n2", "n3", "n4")
			w.write(RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: cilium.SelectAllBut, Hostnames: []string{"n1", "n2", "n3"}}})
			w.node("n4").agent.value = "r1"
			return situation{world: w}
		}(),
		"the operator's own node comes last": func() situation {
			w := recycled("n1", "n2", "n3", "n4")
			w.operator = "n2"
			return situation{world: w}
		}(),
		"killed after every step it resumes and starts nothing twice": {world: replaced("n1", "n2", "n3"), kill: true},
		"a revision that changes in the middle is tried first too": func() situation {
			w := recycled("n1", "n2", "n3")
			return situation{world: w, events: []event{{"a further peering makes revision r2", func(w *world) bool {
				return released(w) && working("n1", "n2", "n3")(w)
			}, func(w *world) { w.target, w.since = "r2", w.now }}}}
		}(),
		"a revision that was only on trial is reverted when it changes": func() situation {
			w := recycled("n1", "n2", "n3")
			w.crashes["r1"] = true
			return situation{world: w, events: []event{{
				"a further peering makes revision r2",
				func(w *world) bool {
					return slices.ContainsFunc(w.nodes, func(m *machine) bool { return m.agent != nil && m.agent.crashes })
				},
				func(w *world) { w.target, w.since = "r2", w.now },
			}}}
		}(),
		"the last peering goes in the middle": func() situation {
			w := replaced("n1", "n2", "n3", "n4")
			return situation{world: w, events: []event{{
				"the last peering is deleted", func(w *world) bool { return len(w.replacements) > 0 },
				func(w *world) { w.target, w.written = "", nil },
			}}}
		}(),
		"evidence that is lost in the middle stops it": func() situation {
			return situation{world: recycled("n1", "n2", "n3"), events: []event{
				{"the history is lost", func(w *world) bool {
					return len(w.written) > 0 && w.written[0].Mode == cilium.SelectAllBut && working("n1", "n2", "n3")(w)
				}, func(w *world) { w.evidence = "status.cilium.history is empty" }},
				{"the history is back", at(15 * time.Minute), func(w *world) { w.evidence = "" }},
			}}
		}(),
		"OnDelete touches no node": func() situation {
			w := replaced("n1", "n2")
			w.policy.OnDelete = true
			return situation{world: w, events: []event{{
				"the group replaces n1 of itself", at(5 * time.Minute), func(w *world) { w.terminate(w.node("n1")) },
			}}, until: at(10 * time.Minute)}
		}(),
		"a node that joins boots with the value and is not touched": func() situation {
			return situation{world: recycled("n1", "n2", "n3"), events: []event{{
				"a node joins", at(3 * time.Minute), func(w *world) { w.join("", "a") },
			}}}
		}(),
		"a configuration that somebody removes is written again": func() situation {
			return situation{world: recycled("n1", "n2", "n3"), events: []event{{
				"somebody deletes the CiliumNodeConfig", func(w *world) bool {
					return len(w.written) > 0 && w.written[0].Mode == cilium.SelectAllBut && working("n1", "n2", "n3")(w)
				}, func(w *world) { w.written = nil },
			}}}
		}(),
	}
}

func TestPlanWritesTheGoldenSequence(t *testing.T) {
	all := situations()
	maps.Copy(all, karpenterSituations())
	for name, s := range all {
		t.Run(name, func(t *testing.T) {
			got := s.play(t)
			file := filepath.Join("testdata", strings.NewReplacer(" ", "-", "'", "", ",", "").Replace(name)+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("sequence differs (-want +got), run with -update if that is meant:\n%s", diff)
			}
		})
	}
}

// play runs the situation and returns its log.
func (s situation) play(t *testing.T) string {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	r := &referee{t: t, world: s.world}
	until := s.until
	if until == nil {
		until = at(time.Hour)
	}
	said := ""
	for !until(s.world) {
		s.happen(r)
		cut := -1
		if s.kill {
			cut = 1
		}
		d := r.reconcile(random, cut)
		if now := string(d.State) + ": " + d.Message + blockedText(d); now != said {
			r.note("  = " + now)
			said = now
		}
		s.world.tick(time.Second)
	}
	return strings.Join(r.trace, "\n") + "\n"
}

func (s *situation) happen(r *referee) {
	var later []event
	for _, e := range s.events {
		if !e.when(s.world) {
			later = append(later, e)
			continue
		}
		r.note("! " + e.what)
		e.do(s.world)
	}
	s.events = later
}

func blockedText(d Decision) string {
	text := ""
	for _, b := range d.BlockedNodes {
		text += " [" + b.Name + " " + b.Reason + "]"
	}
	return text
}
