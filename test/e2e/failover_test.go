package e2e

import (
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// replicas are two managers, of which one leads.
type replicas struct {
	*testing.T

	rig             *rig.Rig
	leader, standby *rig.Manager
}

func startReplicas(t *testing.T, options rig.Options) *replicas {
	t.Helper()
	options.ManagerArgs = append(options.ManagerArgs, "--leader-elect")
	r := &replicas{T: t, rig: setUp(t, options)}
	startManager(t, r.rig) // and it leads: it has made the first objects
	r.leader = r.rig.Manager
	r.addStandby()
	return r
}

func (r *replicas) addStandby() {
	r.Helper()
	startManager(r.T, r.rig)
	r.standby = r.rig.Manager
}

func (r *replicas) holder() string {
	return kubectl(r.T, r.rig, "get", "lease", "-n", rig.SystemNamespace, "crossvpc.networking.crossvpc.io", "-o", "jsonpath={.spec.holderIdentity}")
}

// failOver stops the leader where it is and waits until the standby leads; a new standby is
// started. The former leader goes on afterwards, as after a long pause of its machine.
func (r *replicas) failOver() {
	r.Helper()
	was, former := r.holder(), r.leader
	if err := former.Pause(); err != nil {
		r.Fatal(err)
	}
	resumed := false
	resume := func() {
		if !resumed {
			resumed = true
			_ = former.Resume()
		}
	}
	r.Cleanup(resume)
	until(r.T, "the standby to lead", func() (bool, string) { return r.holder() != was && r.holder() != "", was })
	r.leader = r.standby
	resume()
	select {
	case <-former.Ended():
	case <-time.After(patience):
		r.Error("the former leader goes on beside its successor")
	}
	r.addStandby()
}

// TestTwoReplicasFailOverInTheMiddleOfEverything: the leader is stopped during creation, rollout and teardown, and
// goes on when its successor leads. The clusters take turns, whoever leads.
func TestTwoReplicasFailOverInTheMiddleOfEverything(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, rig.Options{Nodes: 3, ManagerEnv: []string{"MAX_CLUSTERS_AT_ONCE=1"}})
	apply(t, r.rig, objects)
	apply(t, r.rig, peering)
	calls := func(action string) int {
		count := 0
		for _, call := range ownCalls(r.rig) {
			if call.Action == action && call.Code == "OK" {
				count++
			}
		}
		return count
	}
	untilCalled := func(action string) {
		t.Helper()
		until(t, action, func() (bool, string) { return calls(action) > 0, r.rig.Tail(3) })
	}
	untilCalled("CreateVpcPeeringConnection")
	r.failOver()
	until(t, "a node to be worked on", func() (bool, string) {
		return len(cordonedNodes(t, r.rig.EU))+len(cordonedNodes(t, r.rig.US)) > 0, r.rig.Tail(3)
	})
	r.failOver()
	untilPeering(t, r.rig, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	expectReach(t, r.rig)
	for _, side := range r.rig.Sides() {
		expectInvariants(t, side, maxUnavailable)
	}
	expectN8(t, r.rig)
	if made := calls("CreateVpcPeeringConnection"); made != 1 {
		t.Errorf("%d connections were made", made)
	}
	kubectl(t, r.rig, "delete", "vpcpeering", "-n", rig.UserNamespace, "eu-us", "--wait=false")
	untilCalled("DeleteRoute")
	r.failOver()
	until(t, "the VPCPeering to go", func() (bool, string) {
		object := &v1alpha1.VPCPeering{}
		err := r.rig.EU.Kube.Get(t.Context(), client.ObjectKey{Namespace: rig.UserNamespace, Name: "eu-us"}, object)
		return apierrors.IsNotFound(err), describe(object.Status.Conditions)
	})
	if removed := calls("DeleteVpcPeeringConnection"); removed != 1 {
		t.Errorf("%d connections were deleted", removed)
	}
	if log := r.rig.Tail(10_000); !strings.Contains(log, "another manager holds the leader's lease") {
		t.Error("no former leader said why it ended")
	}
}
