package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// observeKarpenter reads Karpenter's NodePools, where nodes are replaced and some
// are Karpenter's.
func (p *pass) observeKarpenter(ctx context.Context) error {
	if p.mechanism.Strategy != v1alpha1.RolloutReplaceNodes || !p.work() || !podrules.UsesKarpenter(p.observed.nodes) {
		return nil
	}
	var err error
	p.observed.karpenter, err = driver.ReadKarpenter(ctx, p.connection.Client)
	return err
}

// viewDriver says how a node is brought up to date: each by its own driver.
func (p *pass) viewDriver(node *corev1.Node, view *rollout.Node, instances map[string]rollout.Instance) {
	replaces := p.mechanism.Strategy == v1alpha1.RolloutReplaceNodes
	switch owner := p.observed.karpenter.OwnerOf(node); {
	case !replaces || owner == nil:
		view.Driver, view.DriverReason, view.Instance = p.driverOf(node, instances)
	case owner.Unmanaged != "":
		view.DriverReason = owner.Unmanaged
	default:
		view.Driver, view.NodePool, view.Mark = rollout.DriverNodePool, owner.NodePool, owner.Mark
	}
	view.Instance.Leaving = view.Instance.Leaving || podrules.Disrupted(node)
}

// nodePools are the NodePools as the planner wants them.
func (p *pass) nodePools(revision string) map[string]rollout.NodePool {
	seen := map[string]rollout.NodePool{}
	for name, pool := range p.observed.karpenter.Pools {
		p.noteNodePool(pool)
		closed, opened := pool.Allows(p.start)
		_, marked := pool.MarkManager()
		view := rollout.NodePool{UID: pool.Metadata.UID, Mark: pool.Mark(), Refuses: p.elsewhere(pool, revision), Progress: opened}
		if view.Refuses == nil {
			view.Refuses = closed
		}
		if marked.After(view.Progress) {
			view.Progress = marked
		}
		if made := p.observed.karpenter.Progress(name); made.After(view.Progress) {
			view.Progress = made
		}
		seen[name] = view
	}
	return seen
}

// noteNodePool notes that the annotation of which status knows has arrived; where
// another attempt is asked for, one that was taken back counts as never set.
func (p *pass) noteNodePool(pool *podrules.NodePool) {
	if noted := p.notedNodePool(pool.Metadata.Name); noted != nil && p.retryAsked() {
		noted.Seen = false
	}
	if noted := p.notedNodePool(pool.Metadata.Name); noted != nil && noted.Value == pool.Mark() {
		noted.Seen = true
	}
}

func (p *pass) notedNodePool(name string) *v1alpha1.NodePoolMark {
	for i := range p.object.Status.NodePools {
		if noted := &p.object.Status.NodePools[i]; noted.Name == name {
			return noted
		}
	}
	return nil
}

// elsewhere says that somebody else decides on the annotation of a NodePool: it
// has another value of theirs, or they took ours back. It is not fought over (C4).
func (p *pass) elsewhere(pool *podrules.NodePool, revision string) *rollout.Finding {
	name, noted := pool.Metadata.Name, p.notedNodePool(pool.Metadata.Name)
	manager, _ := pool.MarkManager()
	takenBack := noted != nil && noted.Seen && rollout.MarkOf(noted.Value, revision)
	switch {
	case rollout.MarkOf(pool.Mark(), revision):
		return nil
	case takenBack:
		if pool.Mark() == "" {
			manager = pool.LastWriter()
		}
		return &rollout.Finding{Reason: rollout.BlockedByNodePoolOwner, Message: fmt.Sprintf("field manager %s took back the annotation that "+
			"crossvpc set in NodePool %s, and it is not set again: where that NodePool is kept, set %s: %s in spec.template.metadata.annotations",
			manager, name, podrules.NodePoolAnnotation, noted.Value)}
	case pool.Mark() != "" && manager != "" && manager != podrules.NodePoolManager:
		return &rollout.Finding{Reason: rollout.BlockedByNodePoolOwner, Message: fmt.Sprintf("field manager %s sets %s in spec.template.metadata.annotations "+
			"of NodePool %s: set it to %s there", manager, podrules.NodePoolAnnotation, name, revision)}
	default:
		return nil
	}
}

// markNodePool has Karpenter replace the nodes of a NodePool. It is in status
// first: an annotation that is gone later was taken back by somebody.
func (p *pass) markNodePool(ctx context.Context, step rollout.Step) error {
	p.object.Status.NodePools = slices.DeleteFunc(p.object.Status.NodePools, func(noted v1alpha1.NodePoolMark) bool {
		_, there := p.observed.karpenter.Pools[noted.Name]
		return noted.Name == step.NodePool || !there
	})
	p.object.Status.NodePools = append(p.object.Status.NodePools, v1alpha1.NodePoolMark{
		Name: step.NodePool, Value: step.Mark, Since: metav1.NewTime(p.start),
	})
	if err := p.persist(ctx); err != nil {
		return err
	}
	if err := driver.MarkNodePool(ctx, p.connection.Client, step.NodePool, step.NodePoolUID, step.Mark); err != nil {
		return err
	}
	p.notedNodePool(step.NodePool).Seen = true
	return p.persist(ctx)
}
