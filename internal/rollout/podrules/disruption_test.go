package podrules

import (
	"testing"
	"time"
)

func TestABudgetOfNoneForbidsWhileItsScheduleIsActive(t *testing.T) {
	t.Parallel()
	// A Wednesday.
	now := time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC)
	budget := func(nodes, schedule, duration string, reasons ...string) DisruptionBudget {
		b := DisruptionBudget{Nodes: nodes, Reasons: reasons}
		if schedule != "" {
			b.Schedule, b.Duration = &schedule, &duration
		}
		return b
	}
	for name, c := range map[string]struct {
		budgets []DisruptionBudget
		reason  string
		opened  time.Time
	}{
		"the default":                   {budgets: []DisruptionBudget{budget("10%", "", "")}},
		"one percent is one node":       {budgets: []DisruptionBudget{budget("1%", "", "")}},
		"none":                          {budgets: []DisruptionBudget{budget("10%", "", ""), budget("0", "", "")}, reason: BlockedByNodePoolBudget},
		"no percent":                    {budgets: []DisruptionBudget{budget("0%", "", "")}, reason: BlockedByNodePoolBudget},
		"none of other reasons":         {budgets: []DisruptionBudget{budget("0", "", "", "Empty", "Underutilized")}},
		"none for drift":                {budgets: []DisruptionBudget{budget("0", "", "", "Drifted")}, reason: BlockedByNodePoolBudget},
		"none in working hours":         {budgets: []DisruptionBudget{budget("0", "0 9 * * 1-5", "8h")}, reason: BlockedByNodePoolSchedule},
		"none in the morning":           {budgets: []DisruptionBudget{budget("0", "0 6 * * *", "4h")}, opened: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)},
		"ends to the second":            {budgets: []DisruptionBudget{budget("0", "30 9 * * *", "1h")}, opened: now},
		"none on Sundays":               {budgets: []DisruptionBudget{budget("0", "@weekly", "24h")}},
		"a schedule that can't be read": {budgets: []DisruptionBudget{budget("0", "61 9 * * *", "8h")}, reason: BlockedByNodePoolSchedule},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := &NodePool{}
			pool.Spec.Disruption.Budgets = c.budgets
			why, opened := pool.Allows(now)
			got := ""
			if why != nil {
				got = why.Reason
			}
			if got != c.reason || !opened.Equal(c.opened) {
				t.Errorf("reason %q, open since %s; want %q and %s", got, opened, c.reason, c.opened)
			}
		})
	}
}
