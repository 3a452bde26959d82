package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/test/argocd"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
)

// The operator alone, and everything else: two Applications, as docs/gitops.md#order allows.
const (
	installApplication = "crossvpc"
	networkApplication = "network"
)

// alone is an Application that has one source of those that the sample has.
func (g *gitops) alone(name, source string) string {
	return fmt.Sprintf(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: %s, namespace: %s, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: %s}
  source: {repoURL: %q, targetRevision: main, %s}
  syncPolicy:
    automated: {selfHeal: true, prune: true}
    syncOptions: [CreateNamespace=true, ServerSideApply=true]
`, name, argocd.Namespace, rig.SystemNamespace, g.repository.URL(), source)
}

// bringInstall applies the operator's Application, and starts what its Deployment would start.
func (g *gitops) bringInstall() {
	g.t.Helper()
	apply(g.t, g.Rig, g.alone(installApplication, `path: charts/crossvpc, helm: {releaseName: crossvpc, values: "installationID: `+rig.InstallationID+`"}`))
	until(g.t, "the operator's service account", func() (bool, string) {
		return g.exists(&corev1.ServiceAccount{}, rig.SystemNamespace, rig.ServiceAccount), ""
	})
	startManager(g.t, g.Rig)
}

// takeAway deletes an Application, which ends within a minute, whatever it was responsible for.
func (g *gitops) takeAway(name string) {
	g.t.Helper()
	began := time.Now()
	kubectl(g.t, g.Rig, "delete", "application", name, "-n", argocd.Namespace, patiently)
	figure.Figure{Name: "deletion of Application " + name, Unit: "s", Value: time.Since(began).Seconds(), Target: 60}.Assert(g.t)
}

// takeInstallAway deletes the operator's Application, and with its Deployment the manager ends.
func (g *gitops) takeInstallAway() {
	g.t.Helper()
	g.takeAway(installApplication)
	if g.exists(&corev1.ServiceAccount{}, rig.SystemNamespace, rig.ServiceAccount) {
		g.t.Error("the operator's service account is left")
	}
	if err := g.Manager.Stop(); err != nil {
		g.t.Error(err)
	}
	for _, kind := range []string{"vpcpeerings", "peeredclusters", "awsidentities"} {
		kubectl(g.t, g.Rig, "get", "crd", kind+".networking.crossvpc.io")
	}
}

// connection is the id that status has, of a peering that is Ready.
func (g *gitops) connection() string {
	g.t.Helper()
	return strings.TrimSpace(kubectl(g.t, g.Rig, "get", "vpcpeering", "eu-us", "-n", rig.UserNamespace, "-o", "jsonpath={.status.peeringConnectionID}"))
}

func TestArgoCDTakesTheInstallAloneAwayWithinAMinuteAndNothingIsLostWherePeeringsAreLeft(t *testing.T) {
	if os.Getenv("E2E_ARGOCD") == "" {
		t.Skip("builds Argo CD: make e2e-argocd and make test-all set E2E_ARGOCD")
	}
	g := newGitOps(t)
	g.looksAt = networkApplication
	g.bringInstall()
	apply(t, g.Rig, g.alone(networkApplication, "path: network"))
	healthy := func(s seen) bool { return s.Health == "Healthy" && s.Peering["eu-us"].Status == "Healthy" }
	g.until("a peering that is Healthy", healthy)
	connection := g.connection()

	g.takeInstallAway()
	expectReach(t, g.Rig)
	if now := g.connection(); now != connection {
		t.Errorf("status names connection %q, and %q before", now, connection)
	}

	g.bringInstall()
	kubectl(t, g.Rig, "annotate", "vpcpeering", "eu-us", "-n", rig.UserNamespace, "networking.crossvpc.io/reconcile=again")
	until(t, "the peering to be looked after again", func() (bool, string) {
		handled := kubectl(t, g.Rig, "get", "vpcpeering", "eu-us", "-n", rig.UserNamespace, "-o", "jsonpath={.status.lastHandledReconcileAt}")
		return handled == "again", handled
	})
	g.until("the same peering, Healthy", healthy)
	if now := g.connection(); now != connection {
		t.Errorf("the next install made connection %q beside %q", now, connection)
	}

	g.takeAway(networkApplication)
	untilWithdrawn(t, g.Rig)
	g.takeInstallAway()
}
