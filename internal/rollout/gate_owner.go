package rollout

import (
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// stopped is the one switch for all clusters of an installation.
func (p *planner) stopped() *gate {
	if p.in.Stopped == "" {
		return nil
	}
	return &gate{StateStopped, fmt.Sprintf("All rollouts of this installation are stopped: %s. Nodes in progress are brought to a safe state. "+
		"No further node is started, and no value is released. Delete ConfigMap "+v1alpha1.StopConfigMap+" to resume.", p.in.Stopped)}
}

func (p *planner) awaitingApproval() *gate {
	if !p.in.Policy.Manual || p.in.Policy.Approved == p.in.Target {
		return nil
	}
	return &gate{StateAwaitingApproval, fmt.Sprintf("Revision %s waits for approval; status.rollout.preview shows what it changes. "+
		"To start it, set spec.rollout.approvedRevision to %s.", p.in.Target, p.in.Target)}
}

// withheld reports whether nothing may be written for nodes that have not got it yet, also not what a canary has proven.
// It asks whatever other gate is closed before these: a failed canary or lost evidence approves of nothing.
func (p *planner) withheld() bool {
	return p.stopped() != nil || p.in.Target != "" && p.awaitingApproval() != nil
}

// insufficient closes before pods are stranded, not after (C5).
func (p *planner) insufficient() *gate {
	if p.in.Policy.Insufficient == "" {
		return nil
	}
	return &gate{StateStrategyInsufficient, p.in.Policy.Insufficient}
}

func (p *planner) paused() *gate {
	if !p.in.Policy.Paused {
		return nil
	}
	return &gate{StatePaused, "The rollout is paused by spec.rollout.paused."}
}

func (p *planner) onDelete() *gate {
	if !p.in.Policy.OnDelete {
		return nil
	}
	return &gate{StateOnDelete, "Nodes are not touched (strategy OnDelete). Each gets the new value when somebody replaces it."}
}
