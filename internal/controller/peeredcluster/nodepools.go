package peeredcluster

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// noteNodePools notes which annotations of which status knows have arrived.
func (s *subject) noteNodePools(karpenter podrules.Karpenter) {
	for _, pool := range karpenter.Pools {
		s.noteNodePool(pool)
	}
}

// noteNodePool notes that the annotation of which status knows has arrived; where
// another attempt is asked for, one that was reverted counts as never set.
func (s *subject) noteNodePool(pool *podrules.NodePool) {
	if noted := s.notedNodePool(pool.Metadata.Name); noted != nil && s.retryAsked() {
		noted.Seen = false
	}
	if noted := s.notedNodePool(pool.Metadata.Name); noted != nil && noted.Value == pool.Mark() {
		noted.Seen = true
	}
}

func (s *subject) notedNodePool(name string) *v1alpha1.NodePoolMark {
	return clusterview.NotedNodePool(s.Object.Status.NodePools, name)
}
