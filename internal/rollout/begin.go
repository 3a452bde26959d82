package rollout

import "slices"

// Begins reports whether a decision starts on a node that nobody works on yet, or lets Karpenter do so. Only then a cluster
// needs its turn among the clusters of the installation.
func (d Decision) Begins() bool {
	return slices.ContainsFunc(d.Steps, func(step Step) bool {
		switch step.Kind {
		case StepCordon, StepBegin, StepMarkNodePool:
			return true
		default:
			return false
		}
	})
}

// GoesOn reports whether further nodes are started as soon as those in progress are finished.
func (d Decision) GoesOn() bool {
	return (d.State == StateCanary || d.State == StateProgressing) && (d.Busy || len(d.Steps) > 0)
}

// busy reports whether nodes are being renewed that were begun on before this decision.
func (p *planner) busy() bool {
	return len(p.in.Replacements) > 0 || p.busyPool() != "" ||
		slices.ContainsFunc(p.nodes, func(n *Node) bool { return n.Record.Held() })
}
