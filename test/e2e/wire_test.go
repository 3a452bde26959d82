package e2e

import (
	"errors"
	"os"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/nodesim"
)

// startWire starts the data plane beside a rig, or skips the test where there is none.
func startWire(t *testing.T, r *rig.Rig) *rig.Wire {
	t.Helper()
	folder := t.TempDir()
	err := rig.BuildWire(t.Context(), folder, t.Output())
	if errors.Is(err, rig.ErrNoDataPlane) && os.Getenv("DATAPLANE_REQUIRED") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	wire, err := r.StartWire(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if log, err := os.ReadFile(r.WireLog()); t.Failed() && err == nil {
			lines := strings.Split(string(log), "\n")
			t.Log("data plane:\n" + strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
	})
	return wire
}

// podsOf lists a cluster's pods once the data plane has those that run, by name, and none is on its way out.
func podsOf(t *testing.T, wire *rig.Wire, side *rig.Side) []rig.WirePod {
	t.Helper()
	var own []rig.WirePod
	until(t, "the pods of "+side.Name+" in the data plane", func() (bool, string) {
		pods, missing, err := wire.PodsOf(t.Context(), side, "default")
		if err != nil {
			return false, err.Error()
		}
		own = pods
		return missing == "", missing
	})
	return own
}

// exchange asks from each of some pods to each of others.
func exchange(t *testing.T, wire *rig.Wire, from, to []rig.WirePod, expect func(from, to rig.WirePod, got rig.WireAnswer)) {
	t.Helper()
	for _, a := range from {
		for _, b := range to {
			got, err := wire.Ask(t.Context(), a.Name, b.Name)
			if err != nil {
				t.Fatal(err)
			}
			expect(a, b, got)
		}
	}
}

// dropped wants no answer, and says how far the packets got.
func dropped(t *testing.T, why string) func(from, to rig.WirePod, got rig.WireAnswer) {
	return func(from, to rig.WirePod, got rig.WireAnswer) {
		t.Helper()
		if got.OK || !strings.Contains(got.Dropped, why) {
			t.Errorf("%s to %s: %+v, want a packet dropped by %q", from.Name, to.Name, got, why)
		}
		t.Logf("%s to %s:\n%s", from.Name, to.Name, strings.Join(got.Drawing, "\n"))
	}
}

// hold keeps both clusters' rollouts from starting, or lets them go on.
func hold(t *testing.T, r *rig.Rig, paused string) {
	t.Helper()
	for _, name := range []string{"local", "us"} {
		kubectl(t, r, "patch", "peeredcluster", name, "--type=merge", "-p", `{"spec":{"rollout":{"paused":`+paused+`}}}`)
	}
}

// probePod is one as crossvpc makes them (internal/verification), without what only a real kubelet minds.
func probePod(name string, command ...string) string {
	return `{apiVersion: v1, kind: Pod, metadata: {name: ` + name + `, namespace: default, labels: {app.kubernetes.io/name: crossvpc-probe}},
  spec: {restartPolicy: Never, activeDeadlineSeconds: 180, terminationGracePeriodSeconds: 1, automountServiceAccountToken: false,
    containers: [{name: probe, image: crossvpc, command: ["/probe", "` + strings.Join(command, `", "`) + `"]}]}}`
}

// expectProbes runs the real probe on both sides: the data plane's kubelet starts it in the pod's network namespace, and
// writes the status, of which the termination message is the result.
func expectProbes(t *testing.T, r *rig.Rig) {
	t.Helper()
	const run = "--run=e2e"
	applyIn(t, r.US, probePod("probe-serve", "serve", run))
	address := untilPod(t, r.US, "probe-serve", "{.status.phase} {.status.podIP}", "Running ")
	applyIn(t, r.EU, probePod("probe-dial", "dial", run, "--peer="+address+":18500"))
	report := untilPod(t, r.EU, "probe-dial", "{.status.phase} {.status.containerStatuses[0].state.terminated.message}", "Succeeded ")
	if !strings.Contains(report, `"outcome":"Passed"`) {
		t.Errorf("the probe reports %s", report)
	}
	t.Log("the probe reports", report)
	kubectlIn(t, r.US, "delete", "pod", "probe-serve", patiently)
	kubectlIn(t, r.EU, "delete", "pod", "probe-dial", patiently)
}

// expectVerified has the operator prove it by probe pods of its own, over the same packets.
func expectVerified(t *testing.T, r *rig.Rig) {
	t.Helper()
	kubectl(t, r, "patch", "vpcpeering", "-n", "network", "eu-us", "--type=merge", "-p", `{"spec":{"verification":{"enabled":true}}}`)
	untilPeering(t, r, v1alpha1.ConditionConnectivityVerified, metav1.ConditionTrue, v1alpha1.ReasonVerified)
	t.Log(kubectl(t, r, "get", "vpcpeering", "-n", "network", "eu-us", "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].message}"))
	for _, side := range r.Sides() {
		until(t, "the probe pods of "+side.Name+" to be gone", func() (bool, string) {
			left := kubectlIn(t, side, "get", "pods", "-n", "crossvpc-probe", "-o", "name")
			return strings.TrimSpace(left) == "", left
		})
	}
}

// untilPod waits until what is read of a pod begins as wanted, and gives the rest.
func untilPod(t *testing.T, side *rig.Side, name, path, begins string) (rest string) {
	t.Helper()
	until(t, name+" to be "+begins, func() (bool, string) {
		got := kubectlIn(t, side, "get", "pod", name, "-o", "jsonpath="+path)
		var found bool
		rest, found = strings.CutPrefix(got, begins)
		return found, got
	})
	return strings.TrimSpace(rest)
}

// Nothing is set by hand: the fabric's routes and groups are those that the manager made in the simulated AWS, and what
// Cilium's own code programs for a pod comes of the CiliumNodeConfigs that the manager wrote.
func TestFromKubectlApplyToAnAnswerBetweenPodsOverRealPacketsAndBack(t *testing.T) {
	// Few pods, whose budgets let two go at a time: packets are what this is about.
	metrics := freeAddress(t)
	r := start(t, rig.Options{Nodes: 2, ManagerArgs: []string{"--probe-image", "crossvpc", "--metrics-bind-address", metrics}, Workloads: []nodesim.Workload{
		{Namespace: "default", Name: "shop", Replicas: 4, MaxUnavailable: 2}, {Namespace: "default", Name: "cart", Replicas: 4, MaxUnavailable: 2},
	}})
	wire := startWire(t, r)
	eu, us := podsOf(t, wire, r.EU), podsOf(t, wire, r.US)
	exchange(t, wire, eu[:1], us[:1], dropped(t, "no route in"))
	apply(t, r, objects)
	hold(t, r, "true")
	apply(t, r, peering)

	// All is green in AWS, and no pod talks: the incident.
	untilPeering(t, r, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, "")
	until(t, "the routes in the data plane", func() (bool, string) {
		got, err := wire.Ask(t.Context(), us[0].Name, eu[0].Name)
		return err == nil && !strings.Contains(got.Dropped, "no route"), got.Dropped
	})
	exchange(t, wire, eu[:1], us[:1], dropped(t, "source/destination check of"))
	exchange(t, wire, us[:1], eu[:1], dropped(t, "source/destination check of"))

	hold(t, r, "false")
	untilPeering(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	eu, us = podsOf(t, wire, r.EU), podsOf(t, wire, r.US)
	answered := func(from, to rig.WirePod, got rig.WireAnswer) {
		if !got.OK || got.Seen != from.Address {
			t.Errorf("%s to %s: %+v, want an answer to the pod's own address %s\n%s", from.Name, to.Name, got, from.Address, strings.Join(got.Drawing, "\n"))
		}
	}
	exchange(t, wire, eu, us, answered)
	exchange(t, wire, us, eu, answered)
	t.Logf("%d requests from pod to pod were answered, each to the pod's own address", 2*len(eu)*len(us))
	expectProbes(t, r)
	expectVerified(t, r)
	expectProbeMetrics(t, r, metrics)

	kubectl(t, r, "delete", "vpcpeering", "-n", "network", "eu-us", patiently)
	until(t, "the routes to be gone in the data plane", func() (bool, string) {
		got, err := wire.Ask(t.Context(), eu[0].Name, us[0].Name)
		return err == nil && !got.OK, got.Seen
	})
	exchange(t, wire, eu[:1], us[:1], dropped(t, "no route in"))
}
