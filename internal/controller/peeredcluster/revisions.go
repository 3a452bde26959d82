package peeredcluster

import (
	"context"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// selectionOf reads whom the value of a revision reaches now.
func (c *configuration) selectionOf(revision string) rollout.RevisionSelection {
	for _, own := range c.view.OwnRevisions() {
		if cilium.RevisionOf(own.CIDR) == revision {
			return rollout.RevisionSelection{Revision: revision, Selection: own.Selection}
		}
	}
	return rollout.RevisionSelection{Revision: revision}
}

// valueOf is the value of a revision: the one decided on, or one that is live.
func (c *configuration) valueOf(revision string) netip.Prefix {
	if revision == c.decision.Revision {
		return c.decision.CIDR
	}
	if applied := c.view.Facts.Applied; cilium.RevisionOf(applied) == revision {
		return applied
	}
	for _, own := range c.view.OwnRevisions() {
		if cilium.RevisionOf(own.CIDR) == revision {
			return own.CIDR
		}
	}
	return netip.Prefix{}
}

// valueBefore is what was in force before a value that is withdrawn.
func (c *configuration) valueBefore(value netip.Prefix) netip.Prefix {
	for _, period := range slices.Backward(readHistory(c.ciliumStatus().History)) {
		if period.CIDR != value {
			return period.CIDR
		}
	}
	return netip.Prefix{}
}

// restoreEdited puts right what somebody edited in an object of ours, and what was not renamed to the end, before anything
// is decided.
func (c *configuration) restoreEdited(ctx context.Context) error {
	configs := c.backends().NodeConfigs()
	revisions, edited := configs.Restored(c.recordedValues())
	if !edited && !configs.HalfRenamed() {
		return nil
	}
	if edited && len(c.ciliumStatus().History) > 0 {
		c.noteLoss() // agents that were made meanwhile read what somebody wrote
	}
	if err := configs.WriteRevisions(ctx, revisions); err != nil {
		return err
	}
	return c.view.RereadNodeConfigs(ctx, c.connection.Live)
}

// recordedValues are those that status knows.
func (c *configuration) recordedValues() []netip.Prefix {
	status := c.ciliumStatus()
	values := []string{status.DesiredCIDR}
	for _, period := range status.History {
		values = append(values, period.CIDR)
	}
	return prefixes(values)
}
