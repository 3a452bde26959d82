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

// lastActive is until when a budget with a schedule was active last, which is in the future while it is; the zero time
// if it was not within lookBack. Karpenter reads schedules in UTC (IsActive in nodepool.go). A schedule that can't be
// read forbids, as Karpenter has it.
func (b DisruptionBudget) lastActive(now time.Time) time.Time {
	schedule, err := cron.ParseStandard("TZ=UTC " + *b.Schedule)
	duration, durationErr := time.ParseDuration(*b.Duration)
	if err != nil || durationErr != nil {
		return now.Add(lookBack)
	}
	var end time.Time
	for hit := schedule.Next(now.UTC().Add(-duration - lookBack)); !hit.IsZero() && !hit.After(now); hit = schedule.Next(hit) {
		end = hit.Add(duration)
	}
	return end
}

// Allows says why the NodePool's budgets forbid to replace drifted nodes now; nil when they do not. since is when a
// budget last ceased to.
func (n *NodePool) Allows(now time.Time) (why *Finding, since time.Time) {
	for _, budget := range n.Spec.Disruption.Budgets {
		switch {
		case !budget.forbids():
		case budget.Schedule == nil || budget.Duration == nil:
			return &Finding{
				Reason: BlockedByNodePoolBudget,
				Message: fmt.Sprintf("NodePool %s has a disruption budget of %s nodes, so Karpenter replaces none for drift. Raise it in "+
					"spec.disruption.budgets.", n.Metadata.Name, budget.Nodes),
			}, time.Time{}
		case budget.lastActive(now).After(now):
			why = &Finding{
				Reason: BlockedByNodePoolSchedule,
				Message: fmt.Sprintf("NodePool %s has a disruption budget of %s nodes now (schedule %q UTC, for %s). The rollout continues when "+
					"that is over.", n.Metadata.Name, budget.Nodes, *budget.Schedule, *budget.Duration),
			}
		default:
			since = later(since, budget.lastActive(now))
		}
	}
	return why, since
}
