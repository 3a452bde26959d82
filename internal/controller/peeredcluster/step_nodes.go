package peeredcluster

import (
	"context"
	"errors"
	"net/netip"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

const (
	// afterSteps is when to look at what the steps of a pass did, where no change
	// that the watches tell of brings a pass sooner: AWS tells nothing.
	afterSteps = 2 * time.Second
	// mostSettling is how long peerings on their way may hold a value back.
	mostSettling = 5 * time.Minute
)

// rollOut has the planner decide on the next steps and carries them out in
// order; the first that fails ends the pass, and the next pass plans anew.
func (p *pass) rollOut(ctx context.Context) error {
	if p.conditions.Stops(v1alpha1.ConditionReachable) || !p.decided() {
		return nil
	}
	if p.decision.Reason == cilium.ReasonCiliumNotFound {
		p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.Held, v1alpha1.ReasonBlocked,
			"Without Cilium's agents nothing is known of any node, and none is touched; what is live stays.")
		return nil
	}
	withdrew, err := p.withdrawUnneeded(ctx)
	if err = errors.Join(err, p.clearRecords(ctx)); err != nil {
		return p.orSoon(err)
	}
	if !withdrew { // else what was read shows what is gone
		p.noteObserved()
	}
	stopped, err := p.stopped(ctx)
	if err != nil {
		return err
	}
	input, decision, err := p.plan(ctx, stopped)
	if failed, ok := errors.AsType[*notCloser](err); ok {
		return failed.cause
	}
	if err != nil {
		p.comeAgain(unreachableRetry)
		p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.Unclear, v1alpha1.ReasonAWSError,
			"the instances behind the nodes can't be read, so no node is touched: "+messageOf(err))
		return nil
	}
	p.reportRollout(input, decision)
	p.comeAgain(decision.LookAgain)
	p.connection.Attend(len(decision.Steps) > 0 || decision.Counts.InProgress > 0)
	if len(decision.Steps) == 0 {
		if !input.TurningBack() {
			p.noteRetry()
		}
		return nil
	}
	// The history is in the API server before the first value is written.
	if err := p.persist(ctx); err != nil {
		return err
	}
	p.comeAgain(afterSteps)
	if err := p.execute(ctx, decision.Steps); err != nil {
		return p.stepFailed(err)
	}
	if !input.TurningBack() {
		p.noteRetry()
	}
	return nil
}

// decided reports whether a decision was made at all in this pass.
func (p *pass) decided() bool { return p.decision.Kind != "" }

// orSoon: somebody else wrote in between, so look again and plan anew.
func (p *pass) orSoon(err error) error {
	if err == nil {
		return nil
	}
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) {
		p.comeAgain(afterSteps)
		return nil
	}
	return err
}

// target is the value that nodes should run. Where a finding holds a value back,
// what is live stays, and no node is started on.
func (p *pass) target() (netip.Prefix, bool) {
	switch {
	case p.decision.Kind == cilium.KindNativeRoutingCIDR, p.undecided:
		return p.decision.CIDR, !p.undecided
	case len(p.object.Status.Peerings) == 0:
		return netip.Prefix{}, true
	default:
		return p.ownInForce(), p.decision.Kind == cilium.KindNotRequired
	}
}

func (p *pass) rolloutInput(ctx context.Context) (rollout.Input, error) {
	value, mayStart := p.target()
	p.mechanism = rollout.Choose(p.object.Spec.Rollout.Strategy, p.observed.Facts)
	nodes, lost, groups, err := p.rolloutNodes(ctx, value)
	if err != nil {
		return rollout.Input{}, err
	}
	p.noteNodePools()
	revision := cilium.RevisionOf(value)
	input := rollout.Input{
		Now:          p.start,
		Target:       revision,
		TargetSince:  p.targetSince(),
		Policy:       policyOf(p.object.Spec.Rollout, p.mechanism),
		Selection:    p.newestSelection(revision, nodes),
		Nodes:        nodes,
		EvidenceLost: lost,
		Groups:       groups,
		Upgrading:    p.observed.Upgrading(),
		Retry:        p.retryAsked(),
		Serverless:   p.observed.NodesWithoutAgent(),
		NodePools:    p.observed.NodePools(p.start, revision, p.object.Status.NodePools),
	}
	input.Policy.Paused = input.Policy.Paused || !mayStart || p.windingDown
	input.Policy.OnDelete = input.Policy.OnDelete || p.onlyTells()
	if p.object.Spec.Access.Local != nil {
		input.OperatorNode = p.NodeName
	}
	for _, replacement := range p.object.Status.Replacements {
		input.Replacements = append(input.Replacements, rollout.Replacement{
			InstanceID: replacement.InstanceID, Group: replacement.Group, Since: replacement.Since.Time,
		})
	}
	return input, nil
}

// rolloutNodes judges every node against the value that it should run.
func (p *pass) rolloutNodes(ctx context.Context, value netip.Prefix) ([]rollout.Node, string, map[string]rollout.Group, error) {
	instances, groups, err := p.observeGroups(ctx)
	if err = errors.Join(err, p.observeKarpenter(ctx)); err != nil {
		return nil, "", nil, err
	}
	if p.decision.SetByOthers {
		value = p.decision.Needed
	}
	nodes, lost := p.observed.RolloutNodes(clusterview.Question{
		Desired: value, History: readHistory(p.ciliumStatus().History), ValueOf: p.valueOf,
		Choice: p.mechanism, Instances: instances, RefusalOn: p.memory.executor.RefusalOn,
	})
	return nodes, lost, groups, nil
}

// observeKarpenter reads Karpenter's NodePools, where nodes are replaced and some
// are Karpenter's.
func (p *pass) observeKarpenter(ctx context.Context) error {
	if p.mechanism.Strategy != v1alpha1.RolloutReplaceNodes || !p.work() {
		return nil
	}
	return p.observed.ReadKarpenter(ctx, p.connection.Client)
}

// onlyTells: whoever wants nothing written has nothing renewed either.
func (p *pass) onlyTells() bool { return p.object.Spec.Cilium.Strategy == v1alpha1.CiliumNone }

// newestSelection is whom the newest written revision reaches: the target's, or
// that of an older one that is only on trial.
func (p *pass) newestSelection(target string, nodes []rollout.Node) rollout.RevisionSelection {
	if !p.valueBackend().CanHoldBack() {
		return p.clusterWideSelection(target, nodes)
	}
	selection := p.selectionOf(target)
	if selection.Mode != cilium.SelectNone {
		return selection
	}
	for _, own := range p.observed.OwnRevisions() {
		if own.Selection.Mode == cilium.SelectCanary {
			return p.selectionOf(cilium.RevisionOf(own.CIDR))
		}
	}
	return selection
}

// targetSince is when the value was last changed, or now while other peerings
// are on their way: what is merged together shall be rolled out together.
func (p *pass) targetSince() time.Time {
	since := p.ciliumStatus().SettlingSince
	if since == nil {
		return p.start
	}
	if p.start.Sub(since.Time) < mostSettling && p.selectionOf(p.decision.Revision).Mode == cilium.SelectNone {
		for i := range p.peerings {
			if inFlight(&p.peerings[i]) {
				return p.start
			}
		}
	}
	return since.Time
}
