package peeredcluster

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Whether further nodes are started on.
const (
	startNodes = true
	startNone  = false
)

// takeSteps takes the steps in order; one that fails ends the reconciliation. What
// they found out is judged afterwards, as far as they got.
func (r *Reconciler) takeSteps(ctx context.Context, s *subject, mayStart bool) (findings, *configuration, error) {
	var found findings
	c, err := r.reacher().reach(ctx, s, &found)
	if err != nil {
		return found, nil, fmt.Errorf("%s: %w", v1alpha1.ConditionReachable, err)
	}
	if !found.reached() {
		return found, nil, nil
	}
	access, stop := r.awsAccess(), stopSwitch{live: r.Live, namespace: r.Namespace}
	proofs := r.prover()
	n := &nodeRollout{configuration: c, aws: access, prover: proofs, stop: stop, nodeName: r.NodeName, mayStart: mayStart, turns: r.turnGiver()}
	for _, step := range []struct {
		condition string
		take      func(context.Context, *findings) error
	}{
		{v1alpha1.ConditionReachable, c.observeServices},
		{v1alpha1.ConditionNetworkConfirmed, networkProver{configuration: c, prover: proofs}.prove},
		{v1alpha1.ConditionCiliumConfigured, decider{configuration: c, hub: r.Client, aws: access}.decide},
		{v1alpha1.ConditionCiliumConfigured, listWriter{configuration: c, stop: stop}.write},
		{v1alpha1.ConditionNodesUpToDate, n.rollOut},
		{v1alpha1.ConditionNodesUpToDate, c.observeListNodes},
		{v1alpha1.ConditionCiliumConfigured, c.keepCIDRGroups},
	} {
		if err := step.take(ctx, &found); err != nil {
			return found, c, fmt.Errorf("%s: %w", step.condition, err)
		}
	}
	return found, c, nil
}
