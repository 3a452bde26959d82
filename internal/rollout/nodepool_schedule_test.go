package rollout

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// closedDaily is a NodePool with a disruption budget of none that begins each day at an hour, for some hours.
func closedDaily(name, schedule, duration string) *podrules.NodePool {
	pool := &podrules.NodePool{Metadata: metav1.ObjectMeta{Name: name}}
	pool.Spec.Disruption.Budgets = []podrules.DisruptionBudget{{Nodes: "10%"}, {Nodes: "0", Schedule: &schedule, Duration: &duration}}
	return pool
}

// TestOfTwoNodePoolsWithSchedulesOnlyTheOpenOneGoesOn: day is closed from 18:00 to 06:00, and night from 06:00 to 18:00.
func TestOfTwoNodePoolsWithSchedulesOnlyTheOpenOneGoesOn(t *testing.T) {
	t.Parallel()
	day, night := closedDaily("day", "0 18 * * *", "12h"), closedDaily("night", "0 6 * * *", "12h")
	look := func(hour int, dayMark, nightMark string) Decision {
		in := inputOf(
			with(staleNode("a"), func(n *Node) { n.Way, n.NodePool = WayNodePool, "day" }),
			with(staleNode("b"), func(n *Node) { n.Way, n.NodePool = WayNodePool, "night" }),
		)
		in.Now = epoch.Add(time.Duration(hour) * time.Hour) // midnight UTC
		dayRefuses, dayOpened := day.Allows(in.Now)
		nightRefuses, nightOpened := night.Allows(in.Now)
		in.NodePools = map[string]NodePool{
			"day":   {Mark: dayMark, Refuses: dayRefuses, Progress: dayOpened},
			"night": {Mark: nightMark, Refuses: nightRefuses, Progress: nightOpened},
		}
		in.Selection.Hostnames = []string{"a", "b"}
		return Plan(in)
	}
	for name, c := range map[string]struct {
		hour                int
		dayMark, nightMark  string
		marks, waits, until string
		says                string
	}{
		"at noon day is open, and night waits":           {hour: 12, marks: "day", waits: "b", until: "until Thu 2026-01-01 18:00 UTC"},
		"at night it is the other way round":             {hour: 20, marks: "night", waits: "a", until: "until Fri 2026-01-02 06:00 UTC"},
		"what was begun by day goes on next day":         {hour: 20, dayMark: "r1", waits: "a", until: "until Fri 2026-01-02 06:00 UTC", says: "No other NodePool is marked before that."},
		"and until it is through, night is not begun on": {hour: 30, dayMark: "r1", waits: "b", until: "until Fri 2026-01-02 18:00 UTC", says: "Karpenter replaces the nodes of NodePool day"},
		"both begun: the open one goes on":               {hour: 30, dayMark: "r1", nightMark: "r1", waits: "b", until: "until Fri 2026-01-02 18:00 UTC", says: "Karpenter replaces the nodes of NodePool day"},
	} {
		d := look(c.hour, c.dayMark, c.nightMark)
		marks := ""
		for _, step := range d.Steps {
			marks += step.NodePool
		}
		if marks != c.marks || !strings.Contains(d.Message, c.says) {
			t.Errorf("%s: marks %q and says %q; want %q and … %s …", name, marks, d.Message, c.marks, c.says)
		}
		if len(d.BlockedNodes) != 1 || d.BlockedNodes[0].Name != c.waits || !strings.Contains(d.BlockedNodes[0].Message, c.until) {
			t.Errorf("%s: blocked %+v; want %s %s", name, d.BlockedNodes, c.waits, c.until)
		}
		if d.LookAgain <= 0 || d.LookAgain > 12*time.Hour {
			t.Errorf("%s: looks again in %s; want by when the next one opens", name, d.LookAgain)
		}
	}
}
