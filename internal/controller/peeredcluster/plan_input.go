package peeredcluster

import (
	"context"
	"errors"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// rolloutInput is all that the planner decides on.
func (n *nodeRollout) rolloutInput(ctx context.Context) (rollout.Input, error) {
	value, mayStart := n.target()
	n.choice = rollout.Choose(n.Object.Spec.Rollout.Strategy, n.view.Facts)
	n.unseen = nil
	seen, err := n.observeInstances(ctx)
	if err = errors.Join(err, n.observeReplaced(ctx)); err != nil {
		return rollout.Input{}, err
	}
	question := n.question(value, seen)
	nodes, lost := n.view.RolloutNodes(question)
	groups, err := n.lookUpTemplates(ctx, seen.groups, nodes)
	if err != nil {
		return rollout.Input{}, err
	}
	n.noteNodePools(n.view.Karpenter)
	revision := cilium.RevisionOf(value)
	input := rollout.Input{
		Now:            n.start,
		Target:         revision,
		TargetSince:    n.targetSince(),
		Policy:         policyOf(n.Object.Spec.Rollout, n.choice),
		Selection:      n.newestSelection(revision, nodes),
		Nodes:          nodes,
		EvidenceLost:   lost,
		Groups:         groups,
		Upgrading:      n.view.Upgrading(),
		UpgradePending: n.view.UpgradePending(),
		Retry:          n.retryAsked(),
		Serverless:     n.view.NodesWithoutAgent(),
		NodePools:      n.view.NodePools(question, revision, n.Object.Status.NodePools),
	}
	input.Policy.Paused = input.Policy.Paused || !mayStart || !n.mayStart
	input.Policy.OnDelete = input.Policy.OnDelete || n.onlyTells()
	if n.Object.Spec.Access.Local != nil {
		input.OperatorNode = n.nodeName
	}
	for _, replacement := range n.Object.Status.Replacements {
		input.Replacements = append(input.Replacements, rollout.Replacement{
			InstanceID: replacement.InstanceID, Group: replacement.Group, Since: replacement.Since.Time,
		})
	}
	return input, nil
}

// question judges every node against the value that it should run.
func (n *nodeRollout) question(value netip.Prefix, seen instances) clusterview.Question {
	if n.decision.SetByOthers {
		value = n.decision.Needed
	}
	return clusterview.Question{
		Now: n.start, Desired: value, History: readHistory(n.ciliumStatus().History), ValueOf: n.valueOf,
		ForcedEvictions: n.Object.Spec.Rollout.ForcedEvictions == v1alpha1.ForcedEvictionsAllowed,
		Choice:          n.choice, Instances: seen.byID, Unproven: seen.unproven, RefusalOn: n.memory.executor.RefusalOn,
	}
}

// observeReplaced reads what matters only where nodes are replaced: Karpenter's NodePools, if some are
// Karpenter's, and volumes.
func (n *nodeRollout) observeReplaced(ctx context.Context) error {
	if n.choice.Strategy != v1alpha1.RolloutReplaceNodes || !n.work() {
		return nil
	}
	unseen, err := n.view.ReadStorage(ctx, n.connection.Client)
	if unseen != "" {
		n.unseen = append(n.unseen, "crossvpc may not read "+unseen+". Apply config/cluster/role.yaml again.")
	}
	return errors.Join(n.view.ReadKarpenter(ctx, n.connection.Client), err)
}

// newestSelection is whom the newest written revision reaches: the target's, or
// that of an older one that is only on trial.
func (n *nodeRollout) newestSelection(target string, nodes []rollout.Node) rollout.RevisionSelection {
	if !n.valueBackend().CanHoldBack() {
		return n.clusterWideSelection(target, nodes)
	}
	selection := n.selectionOf(target)
	if selection.Mode != cilium.SelectNone {
		return selection
	}
	for _, own := range n.view.OwnRevisions() {
		if own.Selection.Mode == cilium.SelectCanary {
			return n.selectionOf(cilium.RevisionOf(own.CIDR))
		}
	}
	return selection
}
