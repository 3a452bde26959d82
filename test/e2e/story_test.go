// Package e2e tells whole stories: the manager's binary with its shipped rights,
// two real control planes with simulated nodes, the simulated AWS, and kubectl.
package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

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
  rollout: {strategy: RecyclePods, maxUnavailable: 2, minReadySeconds: 1, settleSeconds: 1}
---
apiVersion: networking.crossvpc.io/v1alpha1
kind: PeeredCluster
metadata: {name: us}
spec:
  access: {kubeConfigSecretRef: {name: us}}
  identityRef: {name: us}
  allowedNamespaces: {names: [network]}
  rollout: {strategy: ReplaceNodes, maxUnavailable: 2, minReadySeconds: 1, settleSeconds: 1}
`

const peering = `
apiVersion: networking.crossvpc.io/v1alpha1
kind: VPCPeering
metadata: {name: eu-us, namespace: network}
spec:
  requester: {clusterRefs: [{name: local}]}
  accepter:  {clusterRefs: [{name: us}]}
`

func start(t *testing.T, options rig.Options) *rig.Rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	binary := build(t)
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
	})
	if err := r.StartManager(ctx, binary); err != nil {
		t.Fatal(err)
	}
	return r
}

// build builds the manager as it is shipped, before any clock runs: a cold build
// takes minutes.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manager")
	if err := rig.BuildManager(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func apply(t *testing.T, r *rig.Rig, yaml string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	kubectl(t, r, "apply", "-f", path)
}

func kubectl(t *testing.T, r *rig.Rig, args ...string) string {
	t.Helper()
	out, err := r.EU.Cluster.Kubectl(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFromKubectlApplyToPodsThatReachEachOtherAndBack(t *testing.T) {
	r := start(t, rig.Options{Nodes: 4})
	apply(t, r, objects)
	apply(t, r, peering)
	began := time.Now()
	out, err := r.EU.Cluster.Kubectl(t.Context(), "wait", "--for=condition=Ready", "vpcpeering/eu-us", "-n", "network", "--timeout=240s")
	if err != nil {
		t.Error(err)
	}
	t.Log(out, time.Since(began))
	t.Log(kubectl(t, r, "get", "vpcpeerings,peeredclusters,awsidentities", "-A"))
	t.Log(kubectl(t, r, "describe", "vpcpeering", "-n", "network", "eu-us"))
	for _, side := range r.Sides() {
		seen, err := r.Reachability(t.Context(), side)
		if err != nil {
			t.Fatal(err)
		}
		if seen.Both != seen.Pods || seen.Pods == 0 {
			t.Errorf("%s: of %d pods %d reach the peer and are reached", side.Name, seen.Pods, seen.Both)
		}
	}
	kubectl(t, r, "delete", "vpcpeering", "-n", "network", "eu-us", "--timeout=60s")
	for _, side := range r.Sides() {
		err := rig.Until(t.Context(), "the CiliumNodeConfigs to go", func() (bool, error) {
			out, err := side.Cluster.Kubectl(t.Context(), "get", "ciliumnodeconfigs", "-n", "kube-system", "-o", "name")
			return strings.TrimSpace(out) == "", err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
