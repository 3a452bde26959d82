package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// maxUnavailable of both clusters in the stories.
const maxUnavailable = 2

// the user's objects: small delays, so that the story fits into a test.
const objects = `
apiVersion: networking.crossvpc.io/v1alpha1
kind: AWSIdentity
metadata: {name: default}
spec: {allowedNamespaces: {names: [network]}}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: AWSIdentity
metadata: {name: us}
spec:
  roleARN: ` + rig.RoleARN + `
  allowedNamespaces: {names: [network]}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: PeeredCluster
metadata: {name: local}
spec:
  access: {local: {}}
  allowedNamespaces: {names: [network]}
  rollout: {strategy: RecyclePods, maxUnavailable: 2, minReadySeconds: 1, settleSeconds: 1, progressDeadlineSeconds: 60}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: PeeredCluster
metadata: {name: us}
spec:
  access: {eks: {name: prod-us, region: us-east-1}}
  identityRef: {name: us}
  allowedNamespaces: {names: [network]}
  rollout: {strategy: ReplaceNodes, maxUnavailable: 2, minReadySeconds: 1, settleSeconds: 1, progressDeadlineSeconds: 60}
`

// byKubeconfig has the us cluster of the objects be reached by the Secret us. What EKS would say of it the spec says.
func byKubeconfig(r *rig.Rig, objects string) string {
	return strings.Replace(objects, "access: {eks: {name: prod-us, region: us-east-1}}",
		"access: {kubeConfigSecretRef: {name: us}}\n  clusterName: prod-us\n  region: us-east-1\n  vpcID: "+r.US.Network.VPCID, 1)
}

const peering = `
apiVersion: networking.crossvpc.io/v1alpha1
kind: VPCPeering
metadata: {name: eu-us, namespace: network}
spec:
  requester: {clusterRefs: [{name: local}]}
  accepter:  {clusterRefs: [{name: us}]}
`

// patience bounds one wait, on a machine that has other things to do.
const patience = 3 * time.Minute

// patiently has kubectl wait for as long.
var patiently = "--timeout=" + patience.String()

// setUp starts a rig and, unless told otherwise later, no manager.
func setUp(t *testing.T, options rig.Options) *rig.Rig {
	t.Helper()
	return setUpWithin(t, 15*time.Minute, options)
}

func setUpWithin(t *testing.T, limit time.Duration, options rig.Options) *rig.Rig {
	t.Helper()
	managerFor(t, options)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	options.Say = func(what string) { t.Log("setting up ", what) }
	r, err := rig.Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.Tail(60))
		}
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
		races, err := r.Races()
		if err != nil {
			t.Error(err)
		}
		for _, race := range races {
			t.Errorf("two goroutines of the manager used one variable at a time:\n%s", race)
		}
	})
	return r
}

func managerFor(t *testing.T, options rig.Options) string {
	t.Helper()
	if options.Race {
		return builtBy(t, racing)
	}
	return build(t)
}

// start starts a rig and its manager.
func start(t *testing.T, options rig.Options) *rig.Rig {
	t.Helper()
	r := setUp(t, options)
	startManager(t, r)
	return r
}

func startManager(t *testing.T, r *rig.Rig) {
	t.Helper()
	if err := r.StartManager(t.Context(), managerFor(t, r.Options)); err != nil {
		t.Fatal(err)
	}
}

func apply(t *testing.T, r *rig.Rig, yaml string) {
	t.Helper()
	applyIn(t, r.Hub, yaml)
}

func applyIn(t *testing.T, side *rig.Side, yaml string, flags ...string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	kubectlIn(t, side, append([]string{"apply", "-f", path}, flags...)...)
}

func kubectl(t *testing.T, r *rig.Rig, args ...string) string {
	t.Helper()
	return kubectlIn(t, r.Hub, args...)
}

func kubectlIn(t *testing.T, side *rig.Side, args ...string) string {
	t.Helper()
	out, err := side.Cluster.Kubectl(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// patch merges a change into a cluster's spec.
func patch(t *testing.T, r *rig.Rig, cluster, spec string) {
	t.Helper()
	kubectl(t, r, "patch", "peeredcluster", cluster, "--type=merge", "-p", `{"spec":`+spec+`}`)
}

// until polls, and fails the test with what was seen last.
func until(t *testing.T, what string, done func() (bool, string)) {
	t.Helper()
	untilWithin(t, patience, what, done)
}

func untilWithin(t *testing.T, limit time.Duration, what string, done func() (bool, string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	last := ""
	err := rig.Until(ctx, what, func() (ok bool, _ error) {
		ok, last = done()
		return ok, nil
	})
	if err != nil {
		t.Fatalf("%v; last seen: %s", err, last)
	}
}

func cluster(t *testing.T, r *rig.Rig, name string) *v1alpha1.PeeredCluster {
	t.Helper()
	object := &v1alpha1.PeeredCluster{}
	if err := r.Hub.Kube.Get(t.Context(), client.ObjectKey{Name: name}, object); err != nil {
		t.Fatal(err)
	}
	return object
}

func thePeering(t *testing.T, r *rig.Rig) *v1alpha1.VPCPeering {
	t.Helper()
	object := &v1alpha1.VPCPeering{}
	if err := r.Hub.Kube.Get(t.Context(), client.ObjectKey{Namespace: rig.UserNamespace, Name: "eu-us"}, object); err != nil {
		t.Fatal(err)
	}
	return object
}

func describe(list []metav1.Condition) string {
	var lines []string
	for _, c := range list {
		lines = append(lines, c.Type+"="+string(c.Status)+" "+c.Reason+": "+c.Message)
	}
	return strings.Join(lines, "\n")
}

// has reports whether a condition has the status, reason and part of a message; empty ones match all.
func has(list []metav1.Condition, kind string, status metav1.ConditionStatus, reason string, parts ...string) bool {
	c := meta.FindStatusCondition(list, kind)
	if c == nil || status != "" && c.Status != status || reason != "" && c.Reason != reason {
		return false
	}
	for _, part := range parts {
		if !strings.Contains(c.Message, part) {
			return false
		}
	}
	return true
}

// untilCluster waits until a cluster reports the condition for its present spec, and returns the message.
func untilCluster(t *testing.T, r *rig.Rig, name, kind string, status metav1.ConditionStatus, reason string, parts ...string) string {
	t.Helper()
	message := ""
	until(t, name+" to report "+kind+" "+string(status)+" "+reason+" "+strings.Join(parts, ", "), func() (bool, string) {
		object := cluster(t, r, name)
		if object.Status.ObservedGeneration != object.Generation || !has(object.Status.Conditions, kind, status, reason, parts...) {
			return false, describe(object.Status.Conditions)
		}
		message = meta.FindStatusCondition(object.Status.Conditions, kind).Message
		return true, ""
	})
	t.Logf("%s: %s %s: %s", name, kind, reason, message)
	return message
}

func untilPeering(t *testing.T, r *rig.Rig, kind string, status metav1.ConditionStatus, reason string, parts ...string) {
	t.Helper()
	until(t, "the peering to report "+kind+" "+string(status)+" "+reason+" "+strings.Join(parts, ", "), func() (bool, string) {
		object := thePeering(t, r)
		return has(object.Status.Conditions, kind, status, reason, parts...), describe(object.Status.Conditions)
	})
}

// untilRolledOut waits until a cluster's nodes all run the value.
func untilRolledOut(t *testing.T, r *rig.Rig, name, value string) {
	t.Helper()
	until(t, name+" to run "+value+" on all nodes", func() (bool, string) {
		object := cluster(t, r, name)
		at := object.Status.ObservedGeneration == object.Generation && object.Status.Cilium != nil && object.Status.Cilium.DesiredCIDR == value
		return at && has(object.Status.Conditions, v1alpha1.ConditionReady, metav1.ConditionTrue, "") &&
			has(object.Status.Conditions, v1alpha1.ConditionNodesUpToDate, metav1.ConditionTrue, v1alpha1.ReasonUpToDate), describe(object.Status.Conditions)
	})
}
