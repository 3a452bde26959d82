package rollout

import "time"

// mechanismSituations are about the ways in which a node is brought up to date.
func mechanismSituations() map[string]situation {
	return map[string]situation{
		"agents that restore rules are made anew one at a time": func() situation {
			w := restarted("n1", "n2", "n3", "n4")
			w.policy.MaxUnavailable = 3
			return situation{world: w}
		}(),
		"an agent that crashes above its pods is turned back": func() situation {
			w := restarted("n1", "n2", "n3")
			w.crashes["r1"] = true
			return situation{world: w, until: at(10 * time.Minute)}
		}(),
		"agents are not made anew where that would strand pods": func() situation {
			w := restarted("n1", "n2")
			w.restores = false
			w.policy.Insufficient = "RestartAgents would strand pods: set RecyclePods"
			return situation{world: w, events: []event{{
				"Cilium is upgraded to a version with the restore fix", at(10 * time.Minute),
				func(w *world) { w.restores, w.policy.Insufficient = true, "" },
			}}, until: at(20 * time.Minute)}
		}(),
		"an agent that can not be made anew above its pods any more is left alone": func() situation {
			w := restarted("n1", "n2", "n3")
			return situation{world: w, events: []event{{
				"Cilium is changed to a version without the restore fix",
				func(w *world) bool { return released(w) && begun(w) },
				func(w *world) { w.change(false) },
			}}}
		}(),
		"a Cilium that is upgraded in the middle goes on without drains": func() situation {
			w := recycled("n1", "n2", "n3")
			return situation{world: w, events: []event{
				{"an upgrade of Cilium begins", func(w *world) bool { return released(w) && working("n1", "n2", "n3")(w) }, func(w *world) { w.upgrading = "its agents run 1.18.4 and 1.19.8" }},
				{"the upgrade is through", at(10 * time.Minute), func(w *world) {
					w.upgrading = ""
					w.change(true)
					for _, m := range w.nodes {
						m.agent, m.agentAt = nil, w.now.Add(agentRemake)
					}
				}},
			}}
		}(),
		"nodes of several kinds are each renewed in their own way": func() situation {
			w := replaced("n1", "n2")
			w.add("n3", "c", WayRecycle, 2)
			w.add("n4", "a", WayNone, 2)
			return situation{world: w, until: at(15 * time.Minute)}
		}(),
	}
}

func begun(w *world) bool {
	for _, m := range w.nodes {
		if m.record != nil && m.record.AgentOnly {
			return true
		}
	}
	return false
}
