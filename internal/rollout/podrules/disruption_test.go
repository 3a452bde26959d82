package podrules

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

func TestANodePoolThatIsClosedByScheduleSaysUntilWhen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC) // a Wednesday
	none := func(schedule, duration string) DisruptionBudget {
		return DisruptionBudget{Nodes: "0", Schedule: &schedule, Duration: &duration}
	}
	for name, c := range map[string]struct {
		budgets []DisruptionBudget
		reason  string
		until   time.Time
		says    string
	}{
		"working hours":                     {[]DisruptionBudget{none("0 9 * * 1-5", "8h")}, BlockedByNodePoolSchedule, now.Add(6*time.Hour + 30*time.Minute), "until Wed 2026-11-25 17:00 UTC"},
		"hours that overlap":                {[]DisruptionBudget{none("0 9 * * *", "2h"), none("30 10 * * *", "3h")}, BlockedByNodePoolSchedule, now.Add(3 * time.Hour), "until Wed 2026-11-25 13:30 UTC"},
		"hours that follow upon each other": {[]DisruptionBudget{none("0 11 * * *", "1h"), none("0 10 * * *", "1h")}, BlockedByNodePoolSchedule, now.Add(90 * time.Minute), "until Wed 2026-11-25 12:00 UTC"},
		"one of which is over":              {[]DisruptionBudget{none("0 6 * * *", "1h"), none("0 10 * * *", "1h")}, BlockedByNodePoolSchedule, now.Add(30 * time.Minute), "until Wed 2026-11-25 11:00 UTC"},
		"whole working days":                {[]DisruptionBudget{none("0 0 * * 1-5", "24h")}, BlockedByNodePoolSchedule, time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), "until Sat 2026-11-28 00:00 UTC"},
		"a freeze of six weeks":             {[]DisruptionBudget{none("0 0 20 11 *", "1008h")}, BlockedByNodePoolSchedule, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), "until Fri 2027-01-01 00:00 UTC"},
		"all day, each day":                 {[]DisruptionBudget{none("0 0 * * *", "24h")}, BlockedByNodePoolBudget, time.Time{}, "leave no gap"},
		"none that can be read":             {[]DisruptionBudget{none("0 9 * * *", "1d")}, BlockedByNodePoolSchedule, time.Time{}, "duration 1d can't be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := &NodePool{Metadata: metav1.ObjectMeta{Name: "spot"}}
			pool.Spec.Disruption.Budgets = c.budgets
			why, _ := pool.Allows(now)
			if why == nil || why.Reason != c.reason || !why.Until.Equal(c.until) || !strings.Contains(why.Message, c.says) {
				t.Fatalf("got %+v; want %s until %s, which says %q", why, c.reason, c.until, c.says)
			}
			if why, since := pool.Allows(c.until); !c.until.IsZero() && (why != nil || !since.Equal(c.until)) {
				t.Errorf("when that is over: %+v, open since %s", why, since)
			}
		})
	}
}
