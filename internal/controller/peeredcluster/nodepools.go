package peeredcluster

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// noteNodePools notes which annotations of which status knows have arrived.
func (p *pass) noteNodePools() {
	for _, pool := range p.observed.Karpenter.Pools {
		p.noteNodePool(pool)
	}
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
	return clusterview.NotedNodePool(p.object.Status.NodePools, name)
}

// markNodePool has Karpenter replace the nodes of a NodePool. It is in status
// first: an annotation that is gone later was taken back by somebody.
func (p *pass) markNodePool(ctx context.Context, step rollout.Step) error {
	p.object.Status.NodePools = slices.DeleteFunc(p.object.Status.NodePools, func(noted v1alpha1.NodePoolMark) bool {
		_, there := p.observed.Karpenter.Pools[noted.Name]
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
