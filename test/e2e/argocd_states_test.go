package e2e

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/test/argocd"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
)

// expectNoFight: neither defaults nor status are drift, so nobody writes any spec for three comparisons.
func (g *gitops) expectNoFight() {
	g.t.Helper()
	generations := func() string {
		return kubectl(g.t, g.Rig, "get", "vpcpeerings,peeredclusters,awsidentities", "-A", "-o",
			"jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.generation} {end}")
	}
	before, end := generations(), time.Now().Add(30*time.Second)
	g.until("30 seconds at rest", func(s seen) bool {
		if s.Sync != "Synced" {
			g.t.Fatalf("at rest the application is %s", s)
		}
		return time.Now().After(end)
	})
	if after := generations(); after != before {
		g.t.Errorf("somebody writes specs at rest: %s, then %s", before, after)
	}
}

// expectSelfHeal: a field that Git holds is put back, and the peering works on.
func (g *gitops) expectSelfHeal() {
	g.t.Helper()
	kubectl(g.t, g.Rig, "patch", "peeredcluster", "us", "--type=merge", "-p", `{"spec":{"rollout":{"maxUnavailable":1}}}`)
	until(g.t, "the field that Git holds", func() (bool, string) {
		got := kubectl(g.t, g.Rig, "get", "peeredcluster", "us", "-o", "jsonpath={.spec.rollout.maxUnavailable}")
		return got == "2", got
	})
	g.until("Synced and Healthy after drift", func(s seen) bool { return s.Sync == "Synced" && s.Health == "Healthy" })
}

// expectStates: paused is Suspended, and a fault is Degraded with our message until the next commit, which also prunes.
func (g *gitops) expectStates() {
	g.t.Helper()
	// By hand, as Argo CD's action does it: Git does not hold the field.
	kubectl(g.t, g.Rig, "patch", "vpcpeering", "eu-us", "-n", rig.UserNamespace, "--type=merge", "-p", `{"spec":{"paused":true}}`)
	g.until("a peering that is paused", func(s seen) bool { return s.Peering["eu-us"].is("Suspended", "paused") })
	kubectl(g.t, g.Rig, "patch", "vpcpeering", "eu-us", "-n", rig.UserNamespace, "--type=merge", "-p", `{"spec":{"paused":null}}`)
	g.until("a peering that goes on", func(s seen) bool { return s.Health == "Healthy" && s.Peering["eu-us"].Status == "Healthy" })
	// In the last wave: Argo CD waits for the health of all others, and takes no newer commit meanwhile.
	g.change("a network that is not there", "broken.yaml", inWave(`
apiVersion: networking.crossvpc.io/v1alpha1
kind: VPCPeering
metadata: {name: broken, namespace: `+rig.UserNamespace+`}
spec:
  requester: {clusterRefs: [{name: local}]}
  accepter: {region: us-east-1, vpcID: vpc-0123456789abcdef0, identityRef: {name: us}, routes: {tables: All}, securityGroups: {groups: None}}
`, 10))
	g.until("a peering with a fault", func(s seen) bool {
		return s.Peering["broken"].is("Degraded", "vpc-0123456789abcdef0") && s.Peering["eu-us"].Status == "Healthy"
	})
	g.change("without it", "broken.yaml", "")
	g.until("Synced and Healthy after a prune", func(s seen) bool {
		return s.Sync == "Synced" && s.Health == "Healthy" && len(s.Peering) == 1
	})
}

// expectDeletion: with the Application everything goes in order, the manager's rights last, and AWS is as it was.
func (g *gitops) expectDeletion() {
	g.t.Helper()
	began := time.Now()
	kubectl(g.t, g.Rig, "delete", "application", "crossvpc", "-n", argocd.Namespace, patiently)
	figure.Figure{Name: "deletion of the Application with everything", Unit: "s", Value: time.Since(began).Seconds(), Target: 60}.Assert(g.t)
	if g.exists(&corev1.ServiceAccount{}, rig.SystemNamespace, rig.ServiceAccount) {
		g.t.Error("the operator's service account is left")
	}
	if left := kubectl(g.t, g.Rig, "get", "vpcpeerings,peeredclusters,awsidentities", "-A", "--ignore-not-found", "-o", "name"); strings.TrimSpace(left) != "" {
		g.t.Errorf("left in the cluster: %s", left)
	}
	if g.exists(&corev1.Namespace{}, "", rig.UserNamespace) {
		g.t.Error("the namespace of the peerings is left")
	}
	untilWithdrawn(g.t, g.Rig)
}
