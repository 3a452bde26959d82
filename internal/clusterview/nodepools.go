package clusterview

import (
	"cmp"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// NodePools are Karpenter's NodePools as the planner wants them. Noted are the marks
// that status knows of.
func (v *View) NodePools(q Question, revision string, noted []v1alpha1.NodePoolMark) map[string]rollout.NodePool {
	seen := map[string]rollout.NodePool{}
	exposed := v.exposedWithoutAgent(q)
	for name, pool := range v.Karpenter.Pools {
		closed, opened := pool.Allows(q.Now)
		_, marked := pool.MarkManager()
		shown := rollout.NodePool{UID: pool.Metadata.UID, Mark: pool.Mark(), Refuses: cmp.Or(pool.Full(), closed), Progress: opened}
		shown.Unmarkable = cmp.Or(markedElsewhere(pool, revision, NotedNodePool(noted, name)), exposed[name])
		if marked.After(shown.Progress) {
			shown.Progress = marked
		}
		if made := v.Karpenter.Progress(name); made.After(shown.Progress) {
			shown.Progress = made
		}
		seen[name] = shown
	}
	return seen
}

// NotedNodePool is the mark of a NodePool that status knows of; nil where there is none.
func NotedNodePool(noted []v1alpha1.NodePoolMark, name string) *v1alpha1.NodePoolMark {
	for i := range noted {
		if noted[i].Name == name {
			return &noted[i]
		}
	}
	return nil
}

// markedElsewhere says that somebody else decides on the annotation of a NodePool: it
// has a value of theirs, which may be one for the revision, or they took ours back. It is not fought over (C4).
func markedElsewhere(pool *podrules.NodePool, revision string, noted *v1alpha1.NodePoolMark) *rollout.Finding {
	name := pool.Metadata.Name
	manager, _ := pool.MarkManager()
	takenBack := noted != nil && noted.Seen && rollout.MarkOf(noted.Value, revision) && pool.Mark() != noted.Value
	switch {
	case takenBack:
		if pool.Mark() == "" {
			manager = pool.LastWriter()
		}
		return &rollout.Finding{Reason: rollout.BlockedByNodePoolOwner, Message: fmt.Sprintf("Field manager %s reverted the annotation that "+
			"crossvpc set in NodePool %s, and crossvpc does not set it again. Where that NodePool is managed, set %s: %s in spec.template.metadata.annotations.",
			manager, name, podrules.NodePoolAnnotation, noted.Value)}
	case pool.Mark() != "" && manager != "" && manager != podrules.NodePoolManager:
		return &rollout.Finding{Reason: rollout.BlockedByNodePoolOwner, Message: fmt.Sprintf("Field manager %s sets %s in spec.template.metadata.annotations "+
			"of NodePool %s. Set it to %s there.", manager, podrules.NodePoolAnnotation, name, rollout.NextMark(pool.Mark(), revision))}
	default:
		return nil
	}
}
