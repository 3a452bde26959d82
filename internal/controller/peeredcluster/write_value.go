package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// Select has a revision reach just the nodes of the selection, where they can be told
// apart, and notes in status what nodes that join boot with from then on.
func (c *configuration) Select(ctx context.Context, selection rollout.RevisionSelection) error {
	switch to := c.valueBackend(); {
	case to.Name() == backend.Manual:
		return nil
	case to.CanHoldBack():
		return c.writeHeldBack(ctx, to, selection)
	default:
		return c.writeClusterWide(ctx, to, selection)
	}
}

func (c *configuration) writeHeldBack(ctx context.Context, to backend.Backend, selection rollout.RevisionSelection) error {
	value := c.valueOf(selection.Revision)
	err := to.Write(ctx, backend.Wanted{Value: value, Selection: selection.Selection})
	if err != nil || selection.Mode != cilium.SelectAllBut {
		return err
	}
	c.noteInForce(value)
	return c.Persist(ctx)
}

// writeClusterWide is for where nodes cannot be told apart: whatever the selection, the
// value reaches every agent that starts from now on. One that reaches nobody is taken
// back, and the one before it returns. What is wider is noted after the write, what is
// narrower before: an agent made in between is taken for one that has the narrower.
func (c *configuration) writeClusterWide(ctx context.Context, to backend.Backend, selection rollout.RevisionSelection) error {
	value := c.valueOf(selection.Revision)
	if selection.Mode == cilium.SelectNone {
		value = c.valueBefore(value)
		c.noteInForce(value)
		if err := c.Persist(ctx); err != nil {
			return err
		}
	}
	if err := to.Write(ctx, backend.Wanted{Value: value}); err != nil {
		return err
	}
	c.noteInForce(value)
	if selection.Mode == cilium.SelectAllBut {
		c.noteReleased(selection.Revision)
	}
	return c.Persist(ctx)
}

// noteReleased keeps in status that the canary has passed: the ConfigMap does not tell.
func (c *configuration) noteReleased(revision string) {
	status := c.ciliumStatus()
	if status.Canary == nil || status.Canary.Revision != revision {
		status.Canary = &v1alpha1.CanaryStatus{Revision: revision}
	}
	status.Canary.State, status.Canary.Message = v1alpha1.CanaryPassed, ""
}
