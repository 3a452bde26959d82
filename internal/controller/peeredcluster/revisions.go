package peeredcluster

import (
	"context"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// selectionOf reads whom the value of a revision reaches now.
func (p *pass) selectionOf(revision string) rollout.RevisionSelection {
	for _, own := range p.observed.OwnRevisions() {
		if cilium.RevisionOf(own.CIDR) == revision {
			return rollout.RevisionSelection{Revision: revision, Selection: own.Selection}
		}
	}
	return rollout.RevisionSelection{Revision: revision}
}

// valueOf is the value of a revision: the one decided on, or one that is live.
func (p *pass) valueOf(revision string) netip.Prefix {
	if revision == p.decision.Revision {
		return p.decision.CIDR
	}
	if applied := p.observed.Facts.Applied; cilium.RevisionOf(applied) == revision {
		return applied
	}
	for _, own := range p.observed.OwnRevisions() {
		if cilium.RevisionOf(own.CIDR) == revision {
			return own.CIDR
		}
	}
	return netip.Prefix{}
}

// valueBefore is what was in force before a value that is taken back.
func (p *pass) valueBefore(value netip.Prefix) netip.Prefix {
	for _, period := range slices.Backward(readHistory(p.ciliumStatus().History)) {
		if period.CIDR != value {
			return period.CIDR
		}
	}
	return netip.Prefix{}
}

// restoreEdited puts right what somebody edited in an object of ours, before anything
// is decided.
func (p *pass) restoreEdited(ctx context.Context) error {
	configs := p.backends().NodeConfigs()
	revisions, edited := configs.Restored(p.recordedValues())
	if !edited {
		return nil
	}
	if len(p.ciliumStatus().History) > 0 {
		p.noteLoss() // agents that were made meanwhile read what somebody wrote
	}
	if err := configs.WriteRevisions(ctx, revisions); err != nil {
		return err
	}
	return p.observed.RereadNodeConfigs(ctx, p.connection.Live)
}

// recordedValues are those that status knows.
func (p *pass) recordedValues() []netip.Prefix {
	status := p.ciliumStatus()
	values := []string{status.DesiredCIDR}
	for _, period := range status.History {
		values = append(values, period.CIDR)
	}
	return prefixes(values)
}
