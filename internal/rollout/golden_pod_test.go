package rollout

import (
	"time"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

var staticPod = &Finding{Reason: podrules.ReasonStaticPod, Message: "Pod kube-system/mirror-n1 is a static pod on the pod network."}

// podSituations are about single pods that a node has.
func podSituations() map[string]situation {
	return map[string]situation{
		"a node with a static pod is named before the first cordon and never renewed in place": func() situation {
			w := recycled("n1", "n2", "n3")
			w.node("n1").unrenewable = staticPod
			return situation{world: w, until: at(20 * time.Minute)}
		}(),
		"a node with a static pod is replaced and is no canary": func() situation {
			w := replaced("n1", "n2", "n3")
			w.node("n1").unrenewable = staticPod
			return situation{world: w}
		}(),
		"a static pod that comes to a node in work gives it back": func() situation {
			w := recycled("n1", "n2")
			w.node("n2").pods[1].refused, w.node("n1").pods[1].refused = true, true
			return situation{world: w, until: at(10 * time.Minute), events: []event{{"a static pod is put on the node in work", working("n1", "n2"), func(w *world) {
				for _, m := range w.nodes {
					if m.cordonedBy == "us" {
						m.unrenewable = staticPod
					}
				}
			}}}}
		}(),
		"a pod that a finalizer keeps is named while its node is drained and before the next cordon": func() situation {
			w := recycled("n1", "n2")
			w.policy.DrainTimeout = 5 * time.Minute
			for _, m := range w.nodes {
				m.pods[1].refused = true
			}
			return situation{world: w, until: at(25 * time.Minute), events: []event{
				{"a finalizer keeps a pod of the node in work", working("n1", "n2"), func(w *world) {
					for _, m := range w.nodes {
						if m.cordonedBy == "us" {
							m.held = &Finding{Reason: podrules.ReasonPodHeld, Message: "Finalizer example.com/hold of pod shop/a, which was to be gone at 00:02, keeps it on the node."}
						} else {
							m.pods[1].refused = false
						}
					}
				}},
				{"the finalizer is removed", at(20 * time.Minute), func(w *world) {
					for _, m := range w.nodes {
						m.held = nil
						refuse(m, false)
					}
				}},
			}}
		}(),
		"an instance is terminated when the volumes of its pods are detached or after the drain timeout": func() situation {
			w := replaced("n1", "n2", "n3")
			w.policy.DrainTimeout = 5 * time.Minute
			w.node("n2").attached, w.node("n3").attached = time.Minute, time.Hour
			return situation{world: w, until: at(20 * time.Minute)}
		}(),
		"a node with data on its own disks is not replaced and may be the canary": func() situation {
			w := replaced("n1", "n2")
			for _, m := range w.nodes {
				m.localData = &Finding{Reason: podrules.ReasonLocalVolume, Message: "PersistentVolume pv-" + m.name + " is on the node's own disk."}
			}
			return situation{world: w, until: at(20 * time.Minute), events: []event{{"the data of n2 is moved", at(10 * time.Minute), func(w *world) { w.node("n2").localData = nil }}}}
		}(),
		"a group that launches another version replaces no node before somebody approves": func() situation {
			w := replaced("n1", "n2", "n3")
			for _, m := range w.nodes {
				relaunch(w, m.group, "3")
				m.from = Template{ID: "lt-1", Name: "nodes", Version: "2"}
			}
			w.node("n1").from.Version = "3"
			return situation{world: w, until: at(20 * time.Minute), events: []event{{"somebody approves of the revision", at(10 * time.Minute), func(w *world) { w.policy.Approved = w.target }}}}
		}(),
		"a node in work is uncordoned again where its group launches another version meanwhile": func() situation {
			w := replaced("n1", "n2")
			for _, m := range w.nodes {
				relaunch(w, m.group, "2")
				m.from = w.groups[m.group].from()
			}
			refuse(w.node("n1"), true)
			refuse(w.node("n2"), true)
			return situation{world: w, until: at(20 * time.Minute), events: []event{
				{"the pods of the canary may go", at(2 * time.Minute), func(w *world) {
					for _, m := range w.nodes {
						if m.cordonedBy == "us" {
							refuse(m, false)
						}
					}
				}},
				{"another version comes", at(8 * time.Minute), func(w *world) { relaunch(w, "asg-a", "3"); relaunch(w, "asg-b", "3") }},
			}}
		}(),
		"a pod that asks for a time blocks its node for that time": func() situation {
			w := recycled("n1", "n2", "n3")
			w.node("n2").undrainable = &Finding{Reason: podrules.ReasonPodRefusesForNow, Message: "Pod shop/batch asks for 30 minutes.", Until: epoch.Add(30 * time.Minute)}
			return situation{world: w, until: at(40 * time.Minute), events: []event{{"the time is over", at(30 * time.Minute), func(w *world) { w.node("n2").undrainable = nil }}}}
		}(),
	}
}
