package rollout

import (
	"slices"
	"time"
)

// ownerSituations are about what the owner of a cluster, or of the installation, asks for.
func ownerSituations() map[string]situation {
	return map[string]situation{
		"outside the window no node is started on and those in flight are finished": func() situation {
			w := recycled("n1", "n2", "n3")
			w.policy.Window = &Window{Start: 30 * time.Minute, End: 31 * time.Minute, Location: time.UTC}
			return situation{world: w, until: at(26 * time.Hour)}
		}(),
		"a window that closes while a canary is on trial lets it be released": func() situation {
			w := recycled("n1", "n2")
			w.policy.Window = &Window{Start: time.Minute, End: 65 * time.Second, Location: time.UTC}
			return situation{world: w, until: at(10 * time.Minute)}
		}(),
		"nothing is written before its approval and a later revision needs another": func() situation {
			w := recycled("n1", "n2", "n3")
			w.policy.Manual = true
			return situation{world: w, events: []event{
				{"r1 is approved", at(5 * time.Minute), func(w *world) { w.policy.Approved = "r1" }},
				{"a further peering makes revision r2", func(w *world) bool { return released(w) && working("n1", "n2", "n3")(w) }, func(w *world) { w.target, w.since = "r2", w.now }},
				{"r2 is approved", at(20 * time.Minute), func(w *world) { w.policy.Approved = "r2" }},
			}}
		}(),
		"a canary whose approval is withdrawn keeps the value for itself": func() situation {
			w := recycled("n1", "n2", "n3")
			w.policy.Manual, w.policy.Approved = true, "r1"
			return situation{world: w, events: []event{
				{"the approval is taken back", func(w *world) bool { return len(w.written) > 0 }, func(w *world) { w.policy.Approved = "" }},
				{"r1 is approved again", at(10 * time.Minute), func(w *world) { w.policy.Approved = "r1" }},
			}}
		}(),
		"a stop of all rollouts brings nodes in flight to a safe end": func() situation {
			w := recycled("n1", "n2", "n3", "n4")
			w.policy.MaxUnavailable = 2
			return situation{world: w, events: []event{
				{"all rollouts are stopped", func(w *world) bool {
					return released(w) && slices.ContainsFunc(w.nodes, func(m *machine) bool { return m.cordonedBy == "us" && m.record.Processed() && !m.record.Canary })
				}, func(w *world) { w.stopped = "incident 12" }},
				{"the stop is lifted", at(20 * time.Minute), func(w *world) { w.stopped = "" }},
			}}
		}(),
		"a stop while a canary is on trial keeps the value from the others": func() situation {
			return situation{world: replaced("n1", "n2", "n3"), events: []event{
				{"all rollouts are stopped", func(w *world) bool { return len(w.written) > 0 }, func(w *world) { w.stopped = "incident 12" }},
				{"the stop is lifted", at(10 * time.Minute), func(w *world) { w.stopped = "" }},
			}}
		}(),
		"a stop before the canary has the value gives it back": func() situation {
			return situation{world: recycled("n1", "n2"), events: []event{
				{"all rollouts are stopped", working("n1", "n2"), func(w *world) { w.stopped = "incident 12" }},
				{"the stop is lifted", at(10 * time.Minute), func(w *world) { w.stopped = "" }},
			}, until: at(20 * time.Minute)}
		}(),
		"a canary that failed is tried again when that is asked for": func() situation {
			w := recycled("n1", "n2", "n3")
			w.crashes["r1"] = true
			return situation{world: w, events: []event{{
				"the agents take r1 now and another attempt is asked for", at(10 * time.Minute),
				func(w *world) { w.crashes["r1"], w.retry = false, true },
			}}}
		}(),
		"a replacement that never comes is given up when another attempt is asked for": func() situation {
			w := replaced("n1", "n2", "n3", "n4", "n5", "n6")
			w.policy.MaxUnavailable = 2
			return situation{world: w, events: []event{
				{"the group of zone a launches nothing any more", released, func(w *world) { w.groups["asg-a"].broken = true }},
				{"another attempt is asked for", at(50 * time.Minute), func(w *world) { w.retry = true }},
				{"the group launches again", at(70 * time.Minute), func(w *world) { w.groups["asg-a"].broken = false }},
			}, until: at(90 * time.Minute)}
		}(),
		"an agent that does not come back is recreated when another attempt is asked for": func() situation {
			w := recycled("n1", "n2", "n3")
			return situation{world: w, events: []event{
				{"agents on the other nodes will not start", released, func(w *world) {
					for _, m := range w.nodes {
						m.agentBroken = m.record == nil
					}
				}},
				{"their cause is cured and another attempt is asked for", at(40 * time.Minute), func(w *world) {
					for _, m := range w.nodes {
						m.agentBroken = false // what crashed goes on crashing until it is restarted
					}
					w.retry = true
				}},
			}}
		}(),
		"somebody else cordons half the cluster": func() situation {
			w := recycled("n1", "n2", "n3", "n4")
			return situation{world: w, events: []event{
				{"half the cluster is cordoned", func(w *world) bool { return released(w) && !working("n1", "n2", "n3", "n4")(w) }, cordonHalf},
				{"it is uncordoned", at(15 * time.Minute), func(w *world) {
					for _, m := range w.nodes {
						if m.cordonedBy == "other" {
							m.cordonedBy = ""
						}
					}
				}},
			}}
		}(),
	}
}
