// Package e2e tells whole stories: the manager's binary with its shipped rights,
// two real control planes with simulated nodes, the simulated AWS, and kubectl.
package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

func TestFromKubectlApplyToPodsThatReachEachOtherAndBack(t *testing.T) {
	probe, metrics := freeAddress(t), freeAddress(t)
	r := setUp(t, rig.Options{Nodes: 4, ManagerArgs: []string{"--leader-elect", "--health-probe-bind-address", probe, "--metrics-bind-address", metrics}})
	// A bundle of one's own adds to the roots, and breaks nothing (it breaks a rival).
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, r.EU.Cluster.Config().CAData, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	figures := &figures{rig: r}
	figures.measureStart(t, probe)
	apply(t, r, objects)
	apply(t, r, peering)
	began := time.Now()
	untilPeering(t, r, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, "")
	figures.awsHalf(time.Since(began))
	untilPeering(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	figures.ready = time.Since(began)
	t.Log(kubectl(t, r, "get", "vpcpeerings,peeredclusters,awsidentities", "-A"))
	expectReach(t, r)
	figures.rest(t)
	expectMetrics(t, r, metrics)
	expectMetricsRefusedTo(t, r, metrics)

	kubectl(t, r, "delete", "vpcpeering", "-n", "network", "eu-us", patiently)
	expectNothingInAWS(t, r)
	untilWithdrawn(t, r)
	expectNoSeriesOf(t, r, metrics, "eu-us")
	figures.print(t)
	for _, side := range r.Sides() {
		expectInvariants(t, side, maxUnavailable)
	}
	expectLeastPrivilege(t, r)
	expectLeastActions(t, r)
}

// expectReach asks every pod of both sides whether it reaches the peer and is reached.
func expectReach(t *testing.T, r *rig.Rig) {
	t.Helper()
	for _, side := range r.Sides() {
		seen, err := r.Reachability(t.Context(), side)
		if err != nil {
			t.Fatal(err)
		}
		if seen.Both != seen.Pods || seen.Pods == 0 {
			t.Errorf("%s: of %d pods %d reach the peer and are reached", side.Name, seen.Pods, seen.Both)
		}
	}
}

// untilWithdrawn waits until nothing of ours is left in the clusters: no value, and no cordon.
func untilWithdrawn(t *testing.T, r *rig.Rig) {
	t.Helper()
	for _, side := range r.Sides() {
		until(t, "what was written in "+side.Name+" to go", func() (bool, string) {
			left := strings.TrimSpace(kubectlIn(t, side, "get", "ciliumnodeconfigs", "-n", "kube-system", "-o", "name") +
				kubectlIn(t, side, "get", "nodes", "--field-selector=spec.unschedulable=true", "-o", "name"))
			return left == "", left
		})
	}
}
