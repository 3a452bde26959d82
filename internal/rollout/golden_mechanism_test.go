package rollout

import "time"

// mechanismSituations are about the ways in which a node is brought up to date.
func mechanismSituations() map[string]situation {
	return map[string]situation{
		"agents that restore rules are recreated one at a time": func() situation {
			w := restarted("n1", "n2", "n3", "n4")
			w.policy.MaxUnavailable = 3
			return situation{world: w}
		}(),
		"an agent that crashes above its pods is turned back": func() situation {
			w := restarted("n1", "n2", "n3")
			w.crashes["r1"] = true
			return situation{world: w, until: at(10 * time.Minute)}
		}(),
		"agents are not recreated where that would strand pods": func() situation {
			w := restarted("n1", "n2")
			w.restores = false
			w.policy.Insufficient = "RestartAgents would strand pods: set RecyclePods"
			return situation{world: w, events: []event{{
				"Cilium is upgraded to a version with the restore fix", at(10 * time.Minute),
				func(w *world) { w.restores, w.policy.Insufficient = true, "" },
			}}, until: at(20 * time.Minute)}
		}(),
		"an agent that cannot be recreated above its pods any more is left alone": func() situation {
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
		"a Cilium on OnDelete that would be updated on the way holds the rollout": func() situation {
			w := recycled("n1", "n2", "n3")
			return situation{world: w, until: at(20 * time.Minute), events: []event{
				{"the DaemonSet is changed, and updated by nobody", released, func(w *world) {
					w.pending = "the pod template of DaemonSet kube-system/cilium (updateStrategy OnDelete) differs from what the agents run on 2 nodes, so an agent that restarts would go from Cilium 1.18.0 to 1.19.7"
				}},
				{"somebody deletes the agents' pods", at(10 * time.Minute), func(w *world) { w.pending = "" }},
			}}
		}(),
		"a node in work is uncordoned again where its agent would be updated": func() situation {
			w := recycled("n1", "n2")
			return situation{world: w, until: at(5 * time.Minute), events: []event{{"the DaemonSet is changed", working("n1", "n2"), func(w *world) {
				w.pending = "the pod template of DaemonSet kube-system/cilium (updateStrategy OnDelete) differs from what the agents run on 2 nodes"
			}}}}
		}(),
		"a Cilium on OnDelete that was changed before is not even tried": func() situation {
			w := recycled("n1", "n2")
			w.pending = "the pod template of DaemonSet kube-system/cilium (updateStrategy OnDelete) differs from what the agents run on 2 nodes"
			return situation{world: w, until: at(5 * time.Minute)}
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
