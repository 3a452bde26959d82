package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/figure"
)

// eachSweep is the manager's default.
const eachSweep = time.Minute

// mostListsSweep is how many lists an identity makes of a region in each sweep: one of each kind that is shared, and one more.
const mostListsSweep = 6

// mostCPUEach is what a peering takes of the manager's CPU until it is Ready, in ms, whatever their number.
const mostCPUEach = 40

// What figures may be of their targets in the gate: times depend on what else the machine does.
const (
	roomForTime = 4
	// roomForCPU: of one commit, each peering took 31.6 ms on one machine and 44.9 ms on another, both idle, and 64.7 ms on the
	// latter beside the rest of the gate.
	roomForCPU = 2
)

// figures compares what it took with the targets.
func (run *crowdRun) figures(t *testing.T) {
	t.Helper()
	took := time.Since(run.began)
	pid := run.rig.Manager.PID()
	cpu, resident := cpuOf(t, pid)-run.cpu, peak(t, pid)
	allowed, by := run.allowed()
	throttled := len(run.rig.Cloud.Journal(awssim.Query{Code: "RequestLimitExceeded"}))
	calls := len(run.rig.Cloud.Journal(awssim.Query{}))
	t.Logf("figures: %d peerings Ready after %.1f s, AWS's limits allow %.1f s (%s); %.1f ms of CPU each; %.1f MiB resident at most; %d calls of AWS, %d throttled; load %s",
		run.peerings, took.Seconds(), allowed.Seconds(), by, float64(cpu.Milliseconds())/float64(run.peerings), float64(resident)/1024, calls, throttled, load())
	t.Logf("calls:\n%s", run.callsByAction())
	within := run.within
	if within == 0 {
		within = allowed * 12 / 10
	}
	for _, f := range []figure.Figure{
		{Name: "CPU of the manager for each peering, " + run.name(), Unit: "ms", Value: float64(cpu.Milliseconds()) / float64(run.peerings), Target: mostCPUEach, Room: roomForCPU},
		{Name: "Ready, " + run.name(), Unit: "s", Value: took.Seconds(), Target: within.Seconds(), Room: run.room},
		{Name: "most memory, " + run.name(), Unit: "MiB", Value: float64(resident) / 1024, Target: float64(run.resident) / 1024},
	} {
		f.Assert(t)
	}
	quotas := run.rig.Cloud.Journal(awssim.Query{Code: "OutstandingVpcPeeringConnectionLimitExceeded"})
	if len(quotas) > 0 {
		t.Errorf("%d requests ran into the limit of open requests", len(quotas))
	}
}

// bucket is how AWS limits an action: so many at once, so many more each second (EC2 developer guide, "Request
// throttling for the EC2 API").
type bucket struct{ burst, refill float64 }

var (
	bucketOfWrites = bucket{50, 5}
	bucketOfTags   = bucket{100, 10}
)

// allowed is the time that AWS's limits on writes leave at least for the calls that were made, and for which action.
func (run *crowdRun) allowed() (least time.Duration, action string) {
	count := map[string]int{}
	for _, entry := range run.rig.Cloud.Journal(awssim.Query{Code: "OK"}) {
		if entry.Service == "ec2" && !strings.HasPrefix(entry.Action, "Describe") {
			count[entry.Account+" "+entry.Region+" "+entry.Action]++
		}
	}
	for what, n := range count {
		limit := bucketOfWrites
		if strings.HasSuffix(what, "Tags") {
			limit = bucketOfTags
		}
		if needs := time.Duration((float64(n) - limit.burst) / limit.refill * float64(time.Second)); needs > least {
			least, action = needs, what
		}
	}
	return least, action
}

func (run *crowdRun) callsByAction() string {
	count := map[string]int{}
	for _, entry := range run.rig.Cloud.Journal(awssim.Query{}) {
		count[entry.Action+" "+entry.Code]++
	}
	lines := make([]string, 0, len(count))
	for what, n := range count {
		lines = append(lines, fmt.Sprintf("%6d %s", n, what))
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	return strings.Join(lines, "\n")
}

// untilMidSweep waits for some time at least, and then until half of a sweep, which begins on the minute, is over: of what is counted
// from there on none is of a sweep before, which a slow machine ends late.
func untilMidSweep(t *testing.T, least time.Duration) {
	t.Helper()
	earliest := time.Now().Add(least)
	mid := earliest.Truncate(eachSweep).Add(eachSweep / 2)
	if mid.Before(earliest) {
		mid = mid.Add(eachSweep)
	}
	pause(t, time.Until(mid))
}

// rest looks at the manager when nothing is to be done.
func (run *crowdRun) rest(t *testing.T) {
	t.Helper()
	atRest := time.Duration(run.sweeps) * eachSweep
	untilMidSweep(t, 10*time.Second) // what was under way when the last one became Ready is over
	run.rig.Cloud.ClearJournal()
	before := cpuOf(t, run.rig.Manager.PID())
	pause(t, atRest)
	cpu := cpuOf(t, run.rig.Manager.PID()) - before
	lists, most, where := 0, 0, ""
	perPlace := map[string]int{}
	for _, entry := range run.rig.Cloud.Journal(awssim.Query{Service: "ec2"}) {
		if entry.Code == "RequestLimitExceeded" {
			t.Errorf("%s is throttled at rest", entry.Action)
		}
		if !strings.HasPrefix(entry.Action, "Describe") {
			t.Errorf("%s is called at rest", entry.Action)
		}
		if entry.Parameters["NextToken"] != "" {
			continue
		}
		lists++
		place := entry.Account + " " + entry.Region
		if perPlace[place]++; perPlace[place] > most {
			most, where = perPlace[place], place
		}
	}
	t.Logf("figures at rest: %d lists in %d sweeps, %d at most of one identity and region (%s); %.1f %% of a core", lists, run.sweeps, most, where, 100*cpu.Seconds()/atRest.Seconds())
	if run.restMiB > 0 {
		figure.Figure{
			Name: "memory at rest, " + run.name(), Unit: "MiB", Value: float64(residentNow(t, run.rig.Manager.PID())) / 1024, Target: run.restMiB,
		}.Assert(t)
	}
	if most > mostListsSweep*run.sweeps {
		t.Errorf("%d lists of %s in %d sweeps, more than %d each", most, where, run.sweeps, mostListsSweep)
	}
}
