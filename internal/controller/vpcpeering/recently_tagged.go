package vpcpeering

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// tagged remembers which views of connections were tagged, and when: until the next
// sweep reads them, every reconciliation would find the tags missing and set them once more.
type recentlyTagged struct {
	mu   sync.Mutex
	last map[taggedView]time.Time
}

type taggedView struct {
	owner, connection string
	role              peering.Role
}

// due reports whether what is observed, which may be as old as from since, would show
// tags that we set on the view before; if so it counts as tagged now.
func (t *recentlyTagged) due(view taggedView, since, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, found := t.last[view]; found && !last.Before(since) {
		return false
	}
	if t.last == nil {
		t.last = map[taggedView]time.Time{}
	}
	t.last[view] = now
	return true
}

func (t *recentlyTagged) forget(owner string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for view := range t.last {
		if view.owner == owner {
			delete(t.last, view)
		}
	}
}

// tagConnection is no gate: the other side's tags serve people and IAM policies.
func (p *reconciliation) tagConnection(ctx context.Context) {
	due := slices.DeleteFunc(slices.Clone(p.connection.Tagging), func(action peering.Action) bool {
		return !p.recentlyTagged.due(taggedView{p.owner(), p.connection.ID, action.Role()}, p.notBefore(), p.start)
	})
	if len(due) == 0 {
		return
	}
	if err := p.apply(ctx, due); err != nil {
		p.announcer().Warn(v1alpha1.ReasonAWSError, "Tag", p.failed("Tagging the connection", err).Message)
	}
}
