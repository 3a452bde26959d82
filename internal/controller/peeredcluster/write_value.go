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
func (p *pass) Select(ctx context.Context, selection rollout.RevisionSelection) error {
	switch to := p.valueBackend(); {
	case to.Name() == backend.Manual:
		return nil
	case to.CanHoldBack():
		return p.writeHeldBack(ctx, to, selection)
	default:
		return p.writeClusterWide(ctx, to, selection)
	}
}

func (p *pass) writeHeldBack(ctx context.Context, to backend.Backend, selection rollout.RevisionSelection) error {
	value := p.valueOf(selection.Revision)
	err := to.Write(ctx, backend.Wanted{Value: value, Selection: selection.Selection})
	if err != nil || selection.Mode != cilium.SelectAllBut {
		return err
	}
	p.noteInForce(value)
	return p.persist(ctx)
}

// writeClusterWide is for where nodes can't be told apart: whatever the selection, the
// value reaches every agent that starts from now on. One that reaches nobody is taken
// back, and the one before it returns. What is wider is noted after the write, what is
// narrower before: an agent made in between is taken for one that has the narrower.
func (p *pass) writeClusterWide(ctx context.Context, to backend.Backend, selection rollout.RevisionSelection) error {
	value := p.valueOf(selection.Revision)
	if selection.Mode == cilium.SelectNone {
		value = p.valueBefore(value)
		p.noteInForce(value)
		if err := p.persist(ctx); err != nil {
			return err
		}
	}
	if err := to.Write(ctx, backend.Wanted{Value: value}); err != nil {
		return err
	}
	p.noteInForce(value)
	if selection.Mode == cilium.SelectAllBut {
		p.noteReleased(selection.Revision)
	}
	return p.persist(ctx)
}

// noteReleased keeps in status that the canary has passed: the ConfigMap does not tell.
func (p *pass) noteReleased(revision string) {
	status := p.ciliumStatus()
	if status.Canary == nil || status.Canary.Revision != revision {
		status.Canary = &v1alpha1.CanaryStatus{Revision: revision}
	}
	status.Canary.State, status.Canary.Message = v1alpha1.CanaryPassed, ""
}
