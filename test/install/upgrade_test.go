package install

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	chart "helm.sh/helm/v4/pkg/chart/v2"
	"sigs.k8s.io/yaml"
)

// way is one to install and upgrade.
type way struct {
	name string
	// deploy installs, or upgrades what is there.
	deploy func(w *world)
	// former installs the release before the operator made its first objects.
	former func(w *world)
}

var ways = []way{
	{
		name:   "make deploy",
		deploy: func(w *world) { w.mustMake("deploy") },
		former: func(w *world) { w.formerBy("--server-side") },
	},
	{
		name:   "kubectl apply -k",
		deploy: func(w *world) { w.applyTree("config/crd"); w.applyTree("config/default") },
		former: func(w *world) { w.formerBy() },
	},
	{
		name: "helm",
		deploy: func(w *world) {
			if w.exists("secret", "-n", namespace, "-l", "owner=helm") {
				w.helmUpgrade(loadChart(w.t), "")
				return
			}
			// What docs/upgrade.md says about a takeover: the Deployment is made again, so that none of its former fields stays.
			w.kubectl("delete", "deployment", "crossvpc", "-n", namespace, "--ignore-not-found")
			if err := w.helmInstall(loadChart(w.t), "", true); err != nil {
				w.t.Fatal(err)
			}
		},
		former: func(w *world) { w.formerBy() },
	},
}

func (w *world) applyTree(folder string) {
	w.t.Helper()
	w.kubectl("apply", "--server-side="+map[bool]string{true: "true", false: "false"}[folder == "config/crd"], "-k", filepath.Join(root, folder))
}

func (w *world) formerBy(flags ...string) {
	w.t.Helper()
	w.kubectl("apply", "--server-side", "-k", filepath.Join(root, "config/crd"))
	w.established()
	w.kubectl(append([]string{"apply", "-f", "testdata/former.yaml"}, flags...)...)
}

func TestWhatIsGrantedSurvivesTheNextInstall(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t)
			way.deploy(w)
			w.startManager()
			w.untilExists("configmap", "crossvpc-first-objects", "-n", namespace)
			w.grant()
			way.deploy(w)
			w.expectGranted("the next " + way.name)
			w.kubectl("delete", "awsidentity", "default")
			way.deploy(w)
			w.kill()
			w.startManager()
			w.works()
			if w.exists("awsidentity", "default") {
				t.Error("AWSIdentity/default came back after its owner deleted it")
			}
		})
	}
}

func TestAnUpgradeFromManifestsThatHeldTheFirstObjectsLeavesThemAsTheyAre(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t)
			way.former(w)
			w.grant()
			way.deploy(w)
			w.startManager()
			w.untilExists("configmap", "crossvpc-first-objects", "-n", namespace)
			w.expectGranted("the upgrade by " + way.name)
			deployed := w.kubectl("get", "deployment", "crossvpc", "-n", namespace, "-o", "yaml")
			if strings.Contains(deployed, "PROBE_IMAGE") || strings.Contains(deployed, "controller:latest") {
				t.Errorf("the former image is still in\n%s", deployed)
			}
		})
	}
}

// TestOneToolFollowsAnother: what one tool applied, the next one applies in another version. None stops half way.
func TestOneToolFollowsAnother(t *testing.T) {
	w := newWorld(t)
	if err := w.helmInstall(otherRelease(t), "replicas: 1", false); err != nil {
		t.Fatal(err)
	}
	w.established()
	for _, next := range []struct {
		tool               string
		apply              func()
		shortName, version string
	}{
		{"make deploy", func() { w.mustMake("deploy") }, "vpcp", "v0.1.0"},
		{"helm", func() { w.helmForce(otherRelease(t)) }, "vpcpold", "v0.0.9"},
		{"Argo CD", func() { w.applyAs("argocd-controller") }, "vpcp", "v0.1.0"},
		{"helm again", func() { w.helmForce(otherRelease(t)) }, "vpcpold", "v0.0.9"},
		{"Flux", func() { w.applyAs("kustomize-controller") }, "vpcp", "v0.1.0"},
		{"helm once more", func() { w.helmForce(otherRelease(t)) }, "vpcpold", "v0.0.9"},
		{"kubectl, as docs/upgrade.md says", func() { w.documented() }, "vpcp", "v0.1.0"},
	} {
		t.Log(next.tool)
		next.apply()
		w.expectRelease(next.shortName, next.version)
	}
}

// applyAs applies as Argo CD and Flux do: by server-side apply that is always forced.
func (w *world) applyAs(manager string) {
	w.t.Helper()
	for _, folder := range []string{"config/crd", "config/default"} {
		w.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager="+manager, "-k", filepath.Join(root, folder))
	}
}

// documented runs the two commands of docs/upgrade.md for kustomize.
func (w *world) documented() {
	w.t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs/upgrade.md"))
	if err != nil {
		w.t.Fatal(err)
	}
	commands := regexp.MustCompile("`kubectl (apply [^`]*-k )(config/[a-z]+)`").FindAllStringSubmatch(string(page), -1)
	if len(commands) < 2 {
		w.t.Fatalf("docs/upgrade.md has %d such commands", len(commands))
	}
	for _, command := range commands[:2] {
		w.kubectl(append(strings.Fields(command[1]), filepath.Join(root, command[2]))...)
	}
}

// A chart of another release: its CRDs and its image differ.
func otherRelease(t *testing.T) *chart.Chart {
	t.Helper()
	other := loadChart(t)
	other.Metadata.Version, other.Metadata.AppVersion = "0.0.9", "v0.0.9"
	for _, file := range other.Templates {
		if strings.HasSuffix(file.Name, "templates/crds.yaml") {
			file.Data = []byte(strings.ReplaceAll(string(file.Data), "- vpcp\n", "- vpcpold\n"))
		}
	}
	return other
}

func TestHelmUpgradesAndRollsBackCRDsAndKeepsThemOnUninstall(t *testing.T) {
	w := newWorld(t)
	if err := w.helmInstall(otherRelease(t), "replicas: 1", false); err != nil {
		t.Fatal(err)
	}
	w.established()
	w.startManager()
	w.untilExists("awsidentity", "default")
	w.untilExists("peeredcluster", "local")
	w.grant()
	w.expectRelease("vpcpold", "v0.0.9")
	w.helmUpgrade(loadChart(t), "installationID: prod")
	w.expectRelease("vpcp", "v0.1.0")
	w.expectGranted("helm upgrade")
	w.helmRollback()
	w.expectRelease("vpcpold", "v0.0.9")
	w.expectGranted("helm rollback")
	if err := w.helmUninstall(); err != nil {
		t.Fatal(err)
	}
	if w.exists("deployment", "-n", namespace) || w.exists("clusterrole", "crossvpc-manager") {
		t.Error("helm uninstall left the manager")
	}
	w.expectGranted("helm uninstall")
	if err := w.helmInstall(loadChart(t), "", false); err != nil {
		t.Fatalf("installing again over the CRDs that were kept: %v", err)
	}
	w.expectRelease("vpcp", "v0.1.0")
	w.expectGranted("helm install over what was kept")
}

func (w *world) expectRelease(shortName, version string) {
	w.t.Helper()
	w.until(patience, "the release "+version, func() (bool, string) {
		names := w.kubectl("get", "crd", "vpcpeerings.networking.crossvpc.io", "-o", "jsonpath={.spec.names.shortNames}")
		image := w.kubectl("get", "deployment", "crossvpc", "-n", namespace, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
		return strings.Contains(names, `"`+shortName+`"`) && strings.HasSuffix(image, ":"+version), names + " " + image
	})
}

func TestTheAPIServerTakesAllThatTheChartCanRender(t *testing.T) {
	w := newWorld(t)
	w.kubectl("create", "namespace", namespace)
	w.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
	w.kubectl("create", "namespace", "crossvpc-probe")
	for name, values := range map[string]string{"the defaults": "", "everything": everything} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			foreign := 0
			for _, object := range mustRender(t, values) {
				if object.GroupVersionKind().Group == "monitoring.coreos.com" {
					foreign++
					continue
				}
				document, err := yaml.Marshal(object)
				if err != nil {
					t.Fatal(err)
				}
				text.WriteString("---\n" + string(document))
			}
			if (foreign > 0) != (values != "") {
				t.Errorf("%d objects are of the Prometheus operator, which no CRD here knows", foreign)
			}
			path := filepath.Join(t.TempDir(), "all.yaml")
			if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			w := &world{t: t, cluster: w.cluster}
			out := w.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", path)
			if strings.Contains(out, "Warning") {
				t.Errorf("the API server warns:\n%s", out)
			}
			if !strings.Contains(out, "deployment.apps/crossvpc") {
				t.Errorf("there is no Deployment in\n%s", out)
			}
		})
	}
}
