package podrules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

const (
	// BlockedByNodePoolBudget names a node whose NodePool never allows Karpenter to replace drifted nodes.
	BlockedByNodePoolBudget = "NodePoolBudgetAllowsNone"
	// BlockedByNodePoolSchedule names a node whose NodePool does not allow it now, by a budget with a schedule.
	BlockedByNodePoolSchedule = "NodePoolBudgetScheduled"
)

// DisruptionBudget is a budget of a NodePool; the strictest of those that are active counts.
type DisruptionBudget struct {
	Reasons  []string `json:"reasons"`
	Nodes    string   `json:"nodes"`
	Schedule *string  `json:"schedule"`
	Duration *string  `json:"duration"`
}

// forbids: it concerns drift and allows no node, while it is active. Karpenter rounds percentages up, so that only 0
// is none (GetAllowedDisruptions in pkg/apis/v1/nodepool.go of sigs.k8s.io/karpenter).
func (b DisruptionBudget) forbids() bool {
	concerns := len(b.Reasons) == 0 || slices.Contains(b.Reasons, "Drifted")
	return concerns && strings.Trim(b.Nodes, "0%") == ""
}

// lookBack is how far back a closed time is searched for: as long as a progress deadline can be.
const lookBack = 24 * time.Hour

// lookAhead is how long after a closed time a gap is searched for, where one follows upon another.
const lookAhead = 7 * 24 * time.Hour

// hours are when a budget with a schedule is active: for a duration after each hit.
type hours struct {
	schedule cron.Schedule
	duration time.Duration
}

// hours are read in UTC, as Karpenter does (IsActive in nodepool.go). nil: they can't be read, which forbids, as Karpenter has it.
func (b DisruptionBudget) hours() *hours {
	schedule, err := cron.ParseStandard("TZ=UTC " + *b.Schedule)
	duration, durationErr := time.ParseDuration(*b.Duration)
	if err != nil || durationErr != nil {
		return nil
	}
	return &hours{schedule, duration}
}

// lastEnd is the end of the last time that began at or before now, and not more than back and the duration before; the zero
// time where there is none. It is after now while the budget is active.
func (h *hours) lastEnd(now time.Time, back time.Duration) time.Time {
	var end time.Time
	for hit := h.schedule.Next(now.UTC().Add(-h.duration - back)); !hit.IsZero() && !hit.After(now); hit = h.schedule.Next(hit) {
		end = hit.Add(h.duration)
	}
	return end
}

// latestEnd is when those end that are active at a time, which is that time where none is.
func latestEnd(all []*hours, at time.Time) time.Time {
	latest := at
	for _, h := range all {
		latest = later(latest, h.lastEnd(at, 0))
	}
	return latest
}

// gapAfter is the first time from now at which none is active; the zero time where they leave none.
func gapAfter(now time.Time, all []*hours) time.Time {
	limit := latestEnd(all, now).Add(lookAhead)
	for at := now; !at.After(limit); {
		next := latestEnd(all, at)
		if next.Equal(at) {
			return at
		}
		at = next
	}
	return time.Time{}
}

// Allows says why the NodePool's budgets forbid to replace drifted nodes now; nil when they do not. since is when a
// budget last ceased to.
func (n *NodePool) Allows(now time.Time) (why *Finding, since time.Time) {
	var all []*hours
	for _, budget := range n.Spec.Disruption.Budgets {
		if !budget.forbids() {
			continue
		}
		if budget.Schedule == nil || budget.Duration == nil {
			return n.never(fmt.Sprintf("has a disruption budget of %s nodes", budget.Nodes), "Raise it"), time.Time{}
		}
		read := budget.hours()
		if read == nil {
			why = &Finding{Reason: BlockedByNodePoolSchedule, Message: fmt.Sprintf("NodePool %s has a disruption budget of %s nodes whose schedule %q or duration %s can't be read, "+
				"so Karpenter replaces none. Correct it in spec.disruption.budgets.", n.Metadata.Name, budget.Nodes, *budget.Schedule, *budget.Duration)}
			continue
		}
		all = append(all, read)
		since = later(since, read.lastEnd(now, lookBack))
	}
	if why != nil {
		return why, time.Time{}
	}
	return n.atHours(now, all, since)
}

// atHours says until when the budgets with a schedule forbid it.
func (n *NodePool) atHours(now time.Time, all []*hours, since time.Time) (why *Finding, opened time.Time) {
	switch until := gapAfter(now, all); {
	case until.Equal(now):
		return nil, since
	case until.IsZero():
		return n.never("has disruption budgets of 0 nodes whose schedules leave no gap", "Change them"), time.Time{}
	default:
		return &Finding{Reason: BlockedByNodePoolSchedule, Until: until, Message: fmt.Sprintf("NodePool %s has a disruption budget of 0 nodes by its schedule, until %s UTC. The rollout continues then.",
			n.Metadata.Name, until.UTC().Format("Mon 2006-01-02 15:04"))}, time.Time{}
	}
}

func (n *NodePool) never(has, remedy string) *Finding {
	return &Finding{Reason: BlockedByNodePoolBudget, Message: fmt.Sprintf("NodePool %s %s, so Karpenter replaces none for drift. %s in spec.disruption.budgets.", n.Metadata.Name, has, remedy)}
}
