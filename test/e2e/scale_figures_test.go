package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
)

// scaleRun is what a rollout of many nodes costs.
type scaleRun struct {
	scale

	rig       *rig.Rig
	busyAtAll [2]float64 // busy and total time of all cores, before
	resident  int        // KiB, the most
	cpu       time.Duration
	busy      float64
}

func (run *scaleRun) before(t *testing.T) {
	t.Helper()
	run.busyAtAll = cores(t)
}

// after takes the figures as soon as the rollout is over.
func (run *scaleRun) after(t *testing.T) {
	t.Helper()
	now := cores(t)
	run.busy = (now[0] - run.busyAtAll[0]) / (now[1] - run.busyAtAll[1])
	run.resident = max(run.resident, peak(t, run.rig.Manager.PID()))
	run.cpu += cpuOf(t, run.rig.Manager.PID())
}

// wall is from the first cordon, which is the canary's, to the last write to a node or
// to the configuration, by the API server's clock.
func (run *scaleRun) wall(t *testing.T) time.Duration {
	t.Helper()
	var from, to time.Time
	for _, e := range ownEvents(t, run.rig.US) {
		if what := resource(e); isRead(e.Verb) || what != "nodes" && what != "ciliumnodeconfigs" {
			continue
		}
		if from.IsZero() {
			from = e.RequestReceivedTimestamp.Time
		}
		to = e.RequestReceivedTimestamp.Time
	}
	return to.Sub(from)
}

func (run *scaleRun) print(t *testing.T) {
	t.Helper()
	wall := run.wall(t)
	ratio := float64(wall) / float64(run.ideal())
	c, lists := callsIn(t, run.rig.US), fullLists(t, run.rig.US)
	nodes, passes := float64(run.nodes), float64(c.passes)
	t.Logf("calls of the manager to the API server:\n%s", strings.Join(c.lines, "\n"))
	t.Logf("figures: %d nodes, %d at a time, %d pods, %d budgets, manager killed %d times: %.1f s, %.2f of the ideal %.1f s; %.1f MiB resident at most; "+
		"for each node replaced %.1f evictions, %.1f calls of its own and %.1f of passes (%d passes of %.1f calls); %d full lists; "+
		"the manager took %.1f s of CPU; cores %.0f %% busy; load %s",
		run.nodes, run.budget, run.deployments*run.replicas, run.deployments, run.kills, wall.Seconds(), ratio, run.ideal().Seconds(), float64(run.resident)/1024,
		float64(c.evictions)/nodes, float64(c.ofNode)/nodes, float64(c.ofPass)/nodes, c.passes, float64(c.ofPass)/passes, lists,
		run.cpu.Seconds(), 100*run.busy, load())
	run.expectFewAWSCalls(t, wall)
	name := fmt.Sprintf("rollout of %d nodes, manager killed %d times", run.nodes, run.kills)
	if run.inTime {
		figure.Figure{Name: name + ": of the ideal time", Value: ratio, Target: mostOfIdeal}.Assert(t)
	}
	figure.Figure{Name: name + ": most memory", Unit: "MiB", Value: float64(run.resident) / 1024, Target: mostResident}.Assert(t)
	if each := float64(c.ofNode) / nodes; each > mostCallsNode {
		t.Errorf("%.1f calls for each node replaced, more than %d", each, mostCallsNode)
	}
	if each := float64(c.ofPass) / passes; each > mostCallsEach {
		t.Errorf("%.1f calls for each pass, more than %d", each, mostCallsEach)
	}
	// Five kinds are watched; a manager that is restarted lists them again, and a watch that was silent is read again.
	if most := 10 * (run.kills + 1); lists > most {
		t.Errorf("%d full lists, more than %d", lists, most)
	}
}

// expectFewAWSCalls: each instance is terminated by one call or two, and groups are read by the clock and not by the reconciliation.
func (run *scaleRun) expectFewAWSCalls(t *testing.T, wall time.Duration) {
	t.Helper()
	ends := autoScalingCalls(run.rig, "TerminateInstanceInAutoScalingGroup")
	reads := autoScalingCalls(run.rig, "DescribeAutoScalingGroups") + autoScalingCalls(run.rig, "DescribeAutoScalingInstances")
	t.Logf("calls of Auto Scaling: %.2f terminations for each node replaced, %.1f reads a minute", float64(ends)/float64(run.nodes), float64(reads)/wall.Minutes())
	// Every 2 s, two for each termination, which prove the group, and two when a new node is seen.
	if most := 31*wall.Minutes() + float64(4*run.nodes) + float64(10*run.kills) + 20; float64(reads) > most {
		t.Errorf("%d reads of Auto Scaling, more than %.0f", reads, most)
	}
	// A manager that is restarted does not know what was asked for.
	if most := run.nodes*2 + run.kills*run.budget; ends > most {
		t.Errorf("%d calls to terminate %d instances, more than %d", ends, run.nodes, most)
	}
}

// peak is the most memory that a process had resident, in KiB.
func peak(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Log("no figure of memory:", err)
		return 0
	}
	most := 0
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &most); err == nil {
			break
		}
	}
	return most
}

// ticks a second of /proc (proc(5), sysconf(_SC_CLK_TCK); 100 on every Linux).
const ticks = 100

func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Log("no figure of CPU:", err)
		return 0
	}
	// The command's name, in parentheses, may hold spaces.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var user, system int
	_, _ = fmt.Sscan(fields[11], &user)
	_, _ = fmt.Sscan(fields[12], &system)
	return time.Duration(user+system) * time.Second / ticks
}

// cores gives the busy and the total time of all cores.
func cores(t *testing.T) [2]float64 {
	t.Helper()
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Log("no figure of the cores:", err)
		return [2]float64{}
	}
	var busy, total float64
	first, _, _ := strings.Cut(string(stat), "\n")
	for i, field := range strings.Fields(first)[1:] {
		var spent float64
		_, _ = fmt.Sscan(field, &spent)
		if total += spent; i != 3 && i != 4 { // idle, and waiting for a disk
			busy += spent
		}
	}
	return [2]float64{busy, total}
}

func load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(content))
}
