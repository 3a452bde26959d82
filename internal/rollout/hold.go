package rollout

import "fmt"

// closedHold returns the first reason to start no further node that takes nothing back: unlike under a [gate], nodes in
// flight are finished, and what a canary has proven is released.
func (p *planner) closedHold() *gate {
	for _, closed := range []func() *gate{p.outsideWindow, p.upgrading, p.upgradePending, p.waitingForTurn} {
		if g := closed(); g != nil {
			return g
		}
	}
	return nil
}

func (p *planner) outsideWindow() *gate {
	switch {
	case p.in.Policy.BadWindow != "":
		return &gate{StateInvalidWindow, p.in.Policy.BadWindow}
	case p.in.Policy.Window == nil:
		return nil
	}
	open, next := p.in.Policy.Window.Open(p.in.Now)
	switch {
	case open:
		return nil
	case next.IsZero():
		return &gate{StateInvalidWindow, "spec.rollout.window never opens, so no node is started. Correct its days, start and end."}
	}
	p.lookAgainAt(next)
	return &gate{StateOutsideWindow, fmt.Sprintf("No further node is started outside spec.rollout.window, which opens next on %s %s.",
		next.Format("Mon 2006-01-02 15:04"), next.Location())}
}

// upgrading: two changes at once would hide which of them breaks a node.
func (p *planner) upgrading() *gate {
	if p.in.Upgrading == "" {
		return nil
	}
	return &gate{StateUpgrading, fmt.Sprintf("No further node is started while Cilium itself is being updated: %s.", p.in.Upgrading)}
}

// upgradePending: whoever wants a new value has not asked for another Cilium.
func (p *planner) upgradePending() *gate {
	if p.in.UpgradePending == "" {
		return nil
	}
	return &gate{StateUpgradePending, fmt.Sprintf("No further node is started, because it would also change Cilium: %s. Finish that update first: "+
		"delete the pods of those agents, or set updateStrategy RollingUpdate; or revert the DaemonSet.", p.in.UpgradePending)}
}

// waitingForTurn comes last: a cluster that cannot begin for reasons of its own asks for no turn.
func (p *planner) waitingForTurn() *gate {
	switch {
	case p.in.WaitsForTurn == "":
		return nil
	case p.in.InvalidOrder:
		return &gate{StateInvalidOrder, p.in.WaitsForTurn}
	default:
		return &gate{StateWaitingForTurn, p.in.WaitsForTurn}
	}
}
