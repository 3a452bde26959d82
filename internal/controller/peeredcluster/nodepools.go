package peeredcluster

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/clusterview"
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
