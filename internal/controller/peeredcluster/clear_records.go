package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// clearRecords takes our annotation off nodes once no peering needs a value: what
// it remembers has no meaning then. A node that we still hold keeps it
// until the rollout has let go.
func (n *nodeRollout) clearRecords(ctx context.Context) error {
	if value, _ := n.target(); value.IsValid() || !n.gone() || len(n.Object.Status.Replacements) > 0 {
		return nil
	}
	for i := range n.view.Nodes {
		node := &n.view.Nodes[i]
		record := clusterview.RecordOf(node)
		if record == nil || record.Held() {
			continue
		}
		if err := (driver.Mark{Node: node.Name, NodeUID: node.UID}).Apply(ctx, n.connection.Client, node); err != nil {
			return err
		}
	}
	return nil
}
