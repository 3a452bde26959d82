package e2e

import (
	"cmp"
	"fmt"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
)

// ofOneAccount joins each of some networks of one account with each of some of another one, where AWS limits no rate, and its
// quota of 25 open requests an account is all that could hold them up.
func ofOneAccount(peerings, networks int) crowd {
	c := dense(peerings)
	c.perPlace, c.unlimited, c.sweeps, c.room = networks, true, 1, roomForTime
	return c
}

// TestPaceFiftyPeeringsOfOneAccount is where the quota of open requests, and not a rate, is what AWS limits.
func TestPaceFiftyPeeringsOfOneAccount(t *testing.T) {
	c := ofOneAccount(50, 8)
	c.within, c.resident, c.sweep = 8500*time.Millisecond, 96<<10, 15*time.Second
	run := c.makeReady(t)
	run.drift(t, c.sweep)
	run.tearDown(t)
}

// TestScaleCPUIsTheSameForEachPeeringWhateverTheirNumber has the target for each number.
func TestScaleCPUIsTheSameForEachPeeringWhateverTheirNumber(t *testing.T) {
	onlyInBench(t)
	for _, peerings := range []int{10, 200, 500} { // 50 have a test of their own
		t.Run(strconv.Itoa(peerings), func(t *testing.T) {
			c := ofOneAccount(peerings, 24)
			c.within, c.resident = time.Duration(peerings)*200*time.Millisecond, 256<<10
			if run := c.makeReady(t); peerings == 200 {
				run.restMiB = 64
				run.rest(t)
			}
		})
	}
}

// mostToTearDown is how many calls there may be for each that a removal needs: a list of the connections, tables and rules of
// each identity and region, and one call for each thing that is removed.
const mostToTearDown = 1.2

// tearDown deletes all together.
func (run *crowdRun) tearDown(t *testing.T) {
	t.Helper()
	pause(t, 2*time.Second) // what was under way when the last one became Ready is over
	run.rig.Cloud.ClearJournal()
	began := time.Now()
	if err := run.rig.EU.Kube.DeleteAllOf(t.Context(), &v1alpha1.VPCPeering{}, client.InNamespace(rig.UserNamespace)); err != nil {
		t.Fatal(err)
	}
	untilWithin(t, 5*time.Minute, "all to be gone", func() (bool, string) {
		var all v1alpha1.VPCPeeringList
		if err := run.rig.EU.Kube.List(t.Context(), &all, client.InNamespace(corev1.NamespaceAll)); err != nil {
			return false, err.Error()
		}
		return len(all.Items) == 0, fmt.Sprintf("%d are left", len(all.Items))
	})
	// Each has a route in one table, and a rule in one group, on either side, and its connection.
	const kinds, things = 3, 5
	needed := kinds*(len(run.requesters)+len(run.accepters)) + things*run.peerings
	calls := len(run.rig.Cloud.Journal(awssim.Query{Service: "ec2"}))
	figure.Figure{
		Name: "calls of a teardown for each that is needed, " + run.name(), Value: float64(calls) / float64(needed), Target: mostToTearDown, Room: roomForReads,
	}.Assert(t)
	t.Logf("calls:\n%s", run.callsByAction())
	asked := len(run.rig.Cloud.Journal(awssim.Query{Service: "sts", Action: "GetCallerIdentity"}))
	// VPCPeerings ask once for each identity in a sweep, and AWSIdentities when a recheck is due, whatever becomes of their users.
	sweeps := int(time.Since(began)/cmp.Or(run.sweep, eachSweep)) + 1
	if most := len(run.accounts()) * (sweeps + 2); asked > most {
		t.Errorf("%d identities were asked for %d times in parts of %d sweeps, want %d at most", len(run.accounts()), asked, sweeps, most)
	}
}

// roomForReads: the longer it takes, the less objects share each read.
const roomForReads = 1.3
