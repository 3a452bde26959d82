package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/test/argocd"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/nodesim"
)

// application has the operator by its chart, and all objects, in the order of docs/gitops.md.
func application(repository *argocd.Repository) string {
	return fmt.Sprintf(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: crossvpc, namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: %[2]s}
  sources:
  - {repoURL: %[1]q, targetRevision: main, path: charts/crossvpc, helm: {releaseName: crossvpc, values: "installationID: %[3]s"}}
  - {repoURL: %[1]q, targetRevision: main, path: network}
  syncPolicy:
    automated: {selfHeal: true, prune: true}
    syncOptions: [CreateNamespace=true, ServerSideApply=true]
`, repository.URL(), rig.SystemNamespace, rig.InstallationID)
}

// inGit are the files of the repository's folder network: waves as docs/gitops.md has them.
func inGit() map[string]string {
	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + rig.UserNamespace + "}\n"
	documents := strings.Split(strings.TrimPrefix(objects, "\n"), "---\n")
	files := map[string]string{
		"namespace.yaml": inWave(namespace, -6),
		"peering.yaml":   inWave(strings.TrimPrefix(peering, "\n"), 0),
		"consumer.yaml":  inWave("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: consumer, namespace: "+rig.UserNamespace+"}\n", 5),
	}
	for i, document := range documents {
		wave := -5
		if strings.Contains(document, "kind: PeeredCluster") {
			wave = -3
		}
		files[fmt.Sprintf("object-%d.yaml", i)] = inWave(document, wave)
	}
	return files
}

func inWave(document string, wave int) string {
	return strings.Replace(document, "metadata: {", fmt.Sprintf("metadata: {annotations: {argocd.argoproj.io/sync-wave: %q}, ", strconv.Itoa(wave)), 1)
}

// gitops is a rig whose eu cluster has nothing but an Argo CD.
type gitops struct {
	*rig.Rig
	t          *testing.T
	repository *argocd.Repository
	files      map[string]string
	// looksAt is the Application that has the VPCPeerings.
	looksAt string
}

func newGitOps(t *testing.T) *gitops {
	t.Helper()
	programs, err := argocd.Build(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	g := &gitops{t: t, files: inGit(), looksAt: "crossvpc", Rig: setUp(t, rig.Options{
		NotInstalled: true, Nodes: 2,
		Workloads: []nodesim.Workload{{Namespace: "default", Name: "shop", Replicas: 4, MaxUnavailable: 1, ReadyAfter: "500ms"}},
	})}
	root, err := rig.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if g.repository, err = argocd.NewRepository(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if err := g.repository.CopyFolder(filepath.Join(root, "charts", "crossvpc"), "charts/crossvpc"); err != nil {
		t.Fatal(err)
	}
	g.commit("everything")
	argo, err := argocd.Start(t.Context(), programs, g.EU.Cluster, filepath.Join(root, "config", "argocd", "argocd-cm.yaml"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			out, err := g.EU.Cluster.Kubectl(context.WithoutCancel(t.Context()), "get", "application", "-n", argocd.Namespace, "-o", "jsonpath={.items[*].status}")
			t.Log(argo.Tail(15), "\n", out, err)
		}
		if err := argo.Stop(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// change commits one file, and tells Argo CD, which looks every three minutes by itself. Empty content takes it out.
func (g *gitops) change(message, file, content string) {
	g.t.Helper()
	g.files[file] = content
	g.commit(message)
	kubectl(g.t, g.Rig, "annotate", "application", g.looksAt, "-n", argocd.Namespace, "argocd.argoproj.io/refresh=normal", "--overwrite")
}

func (g *gitops) commit(message string) {
	g.t.Helper()
	for name, content := range g.files {
		if err := g.repository.Write(filepath.Join("network", name), content); err != nil {
			g.t.Fatal(err)
		}
		if content == "" {
			delete(g.files, name)
		}
	}
	if err := g.repository.Commit(g.t.Context(), message); err != nil {
		g.t.Fatal(err)
	}
}

// health is what Argo CD says of an object.
type health struct{ Status, Message string }

// is reports whether the health is this one, and its message has these words in it.
func (h health) is(status, words string) bool {
	return h.Status == status && strings.Contains(strings.ToLower(h.Message), words)
}

// seen is what Argo CD says of the application, and of the VPCPeerings in it by name.
type seen struct {
	Sync, Health string
	Peering      map[string]health
}

func (s seen) String() string {
	return fmt.Sprintf("%s, %s, peerings: %v", s.Sync, s.Health, s.Peering)
}

func (g *gitops) look() seen {
	g.t.Helper()
	var application struct {
		Status struct {
			Sync, Health struct{ Status string }
			Resources    []struct {
				Kind, Name string
				Health     health
			}
		}
	}
	out := kubectl(g.t, g.Rig, "get", "application", g.looksAt, "-n", argocd.Namespace, "-o", "json")
	if err := json.Unmarshal([]byte(out), &application); err != nil {
		g.t.Fatal(err)
	}
	status := application.Status
	now := seen{Sync: status.Sync.Status, Health: status.Health.Status, Peering: map[string]health{}}
	for _, resource := range status.Resources {
		if resource.Kind == "VPCPeering" {
			now.Peering[resource.Name] = resource.Health
		}
	}
	return now
}

func (g *gitops) until(what string, wanted func(seen) bool) seen {
	g.t.Helper()
	var last seen
	until(g.t, what, func() (bool, string) {
		last = g.look()
		return wanted(last), last.String()
	})
	return last
}

// exists reports whether the eu cluster has an object.
func (g *gitops) exists(object client.Object, namespace, name string) bool {
	g.t.Helper()
	err := g.EU.Kube.Get(g.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, object)
	if err != nil && !apierrors.IsNotFound(err) {
		g.t.Fatal(err)
	}
	return err == nil
}

func TestArgoCDBringsTheOperatorAndAllObjectsInOrderAndTakesThemAwayAgain(t *testing.T) {
	if os.Getenv("E2E_ARGOCD") == "" {
		t.Skip("builds Argo CD: make e2e-argocd and make test-all set E2E_ARGOCD")
	}
	g := newGitOps(t)
	began := time.Now()
	apply(t, g.Rig, application(g.repository))
	until(t, "the operator's service account", func() (bool, string) {
		return g.exists(&corev1.ServiceAccount{}, rig.SystemNamespace, rig.ServiceAccount), g.look().String()
	})
	startManager(t, g.Rig)

	g.until("a peering that is at work", func(s seen) bool { return s.Peering["eu-us"].Status == "Progressing" })
	if g.exists(&corev1.ConfigMap{}, rig.UserNamespace, "consumer") {
		t.Error("what needs the peering was made before the peering is Ready")
	}
	g.until("Synced and Healthy", func(s seen) bool {
		return s.Sync == "Synced" && s.Health == "Healthy" && s.Peering["eu-us"].Status == "Healthy"
	})
	t.Logf("Synced and Healthy %s after the Application was applied", time.Since(began).Round(time.Second))
	expectReach(t, g.Rig)
	g.until("what needs the peering", func(seen) bool { return g.exists(&corev1.ConfigMap{}, rig.UserNamespace, "consumer") })

	g.expectNoFight()
	g.expectSelfHeal()
	g.expectStates()
	g.expectDeletion()
}
