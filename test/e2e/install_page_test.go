package e2e

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/docs"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
	"github.com/crossvpc/crossvpc/test/nodesim"
)

// TestANewcomerFollowsTheInstallPageToPodsThatTalkAndBack: docs/install.md from top to bottom, then the upgrade and the
// uninstall of docs/upgrade.md, as printed: the chart by the real Helm, the second cluster by its EKS token.
func TestANewcomerFollowsTheInstallPageToPodsThatTalkAndBack(t *testing.T) {
	if os.Getenv("E2E_ARGOCD") == "" {
		t.Skip("builds Helm with Argo CD: make e2e-argocd and make test-all set E2E_ARGOCD")
	}
	// One cluster after the other, as the chart has it.
	r := setUp(t, rig.Options{
		Nodes: 2, Untouched: true, ManagerEnv: []string{"MAX_CLUSTERS_AT_ONCE=1"},
		Workloads: []nodesim.Workload{{Namespace: "default", Name: "shop", Replicas: 4, MaxUnavailable: 1, ReadyAfter: "500ms"}},
	})
	n := newNewcomer(t, r)
	n.edits = map[string]string{
		"ID=prod":          "ID=" + rig.InstallationID,
		"role/crossvpc-eu": "role/crossvpc", "role/crossvpc-us": "role/crossvpc", // the rig's
		"kubectl get vpcpeerings -A -w": "kubectl get vpcpeerings -A", // it has no end
		"rollout: {approval: Manual}":   "rollout: {approval: Manual, strategy: RecyclePods, minReadySeconds: 1, settleSeconds: 1, progressDeadlineSeconds: 60}",
	}
	wire := n.startWire()
	n.names = n.page("docs/install.md", "1. Names")[0].Text
	ctx := t.Context()
	go n.playTheOperator(ctx)

	operator := n.page("docs/install.md", "3. The operator")
	said := n.follow(append(operator, append(n.page("docs/install.md", "4. The other cluster"), n.page("docs/install.md", "5. Who may do what, and the peering")...)...)...)
	for _, want := range []string{"peeredcluster.networking.crossvpc.io/us", "vpcpeering.networking.crossvpc.io/eu-us condition met", "Renew these nodes?"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing printed has %q", want)
		}
	}
	if strings.Contains(said, "No resources found") {
		t.Error("what the page shows is not there yet")
	}
	n.untilReady()
	expectReach(t, r)
	if wire != nil {
		untilPeering(t, r, v1alpha1.ConditionConnectivityVerified, metav1.ConditionTrue, v1alpha1.ReasonVerified)
	}

	n.upgrade()
	n.within("step 6 of the page", n.page("docs/install.md", "6. Undo")...)
	expectNothingInAWS(t, r)
	untilWithdrawn(t, r)
	uninstall := n.page("docs/upgrade.md", "Uninstall")[0]
	n.within("the uninstall of docs/upgrade.md", uninstall)
	n.expectNothingInTheHub()

	// What kustomize installed Helm takes over, and takes away.
	n.follow(docs.Block{Text: n.command("docs/upgrade.md", "kubectl apply --server-side --force-conflicts -k config/crd") + "\n" +
		n.command("docs/upgrade.md", "kubectl apply --server-side --force-conflicts -k config/default") + "\n"})
	n.untilFirstObjects()
	n.follow(n.page("docs/upgrade.md", "Take over by Helm")[0])
	n.untilFirstObjects()
	n.within("the uninstall after a takeover", uninstall)
	n.expectNothingInTheHub()
}

// expectNothingInTheHub but the CRDs, which docs/upgrade.md takes away apart.
func (n *newcomer) expectNothingInTheHub() {
	n.t.Helper()
	if left := crossvpcObjects(n.t, n.rig.EU, "deployments,clusterroles,clusterrolebindings,serviceaccounts,awsidentities,peeredclusters,vpcpeerings"); left != "" {
		n.t.Errorf("left is %s", left)
	}
}

// untilFirstObjects waits until the operator has looked at what it made.
func (n *newcomer) untilFirstObjects() {
	n.t.Helper()
	until(n.t, "a verdict on the first objects", func() (bool, string) {
		out := kubectl(n.t, n.rig, "get", "peeredclusters,awsidentities", "-A", "-o", `jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}`)
		words := strings.Fields(out)
		return len(words) == 2 && !strings.HasSuffix(words[0], "=") && !strings.HasSuffix(words[1], "="), out
	})
}

// startWire starts the data plane, or leaves verification out of the page where there is none, and where -short asks for less.
func (n *newcomer) startWire() *rig.Wire {
	n.t.Helper()
	folder := n.t.TempDir()
	err := rig.ErrNoDataPlane
	if !testing.Short() {
		err = rig.BuildWire(n.t.Context(), folder, n.t.Output())
	}
	if errors.Is(err, rig.ErrNoDataPlane) {
		n.edits["  verification: {enabled: true}\n"] = ""
		return nil
	}
	if err != nil {
		n.t.Fatal(err)
	}
	wire, err := n.rig.StartWire(n.t.Context(), folder)
	if err != nil {
		n.t.Fatal(err)
	}
	return wire
}

// untilReady is the end of the page: READY True.
func (n *newcomer) untilReady() {
	n.t.Helper()
	until(n.t, "READY True", func() (bool, string) {
		out := kubectl(n.t, n.rig, "get", "vpcpeerings", "-A", "--no-headers")
		return strings.Contains(strings.Join(strings.Fields(out), " "), "network eu-us True"), out
	})
}

// upgrade runs the command of docs/upgrade.md: nobody's spec is changed, no node is renewed, and the peering is Ready.
func (n *newcomer) upgrade() {
	n.t.Helper()
	look := func() string {
		return kubectl(n.t, n.rig, "get", "vpcpeerings,peeredclusters,awsidentities", "-A", "-o",
			`jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.generation} {end}`) +
			kubectl(n.t, n.rig, "get", "pods", "-n", "default", "-o", "jsonpath={.items[*].metadata.uid}")
	}
	before := look()
	n.follow(docs.Block{Text: n.command("docs/upgrade.md", "helm upgrade ") + " --set logLevel=debug\n"})
	n.untilReady()
	if after := look(); after != before {
		n.t.Errorf("an upgrade changes more than the operator: before %s, after %s", before, after)
	}
}

// command is the one of a page, among its text, that begins so.
func (n *newcomer) command(path, begins string) string {
	n.t.Helper()
	_, rest, found := strings.Cut(docs.Read(n.t, path), "`"+begins)
	command, _, closed := strings.Cut(rest, "`")
	if !found || !closed {
		n.t.Fatalf("%s has no command that begins with %q", path, begins)
	}
	return n.here(begins + command)
}

// within follows what must not take longer than a minute.
func (n *newcomer) within(what string, blocks ...docs.Block) {
	n.t.Helper()
	began := time.Now()
	n.follow(blocks...)
	figure.Figure{Name: what, Unit: "s", Value: time.Since(began).Seconds(), Target: 60}.Assert(n.t)
}
