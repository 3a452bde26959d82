package install

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader"
	releases "helm.sh/helm/v4/pkg/release"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const (
	root      = "../.."
	chartPath = root + "/charts/crossvpc"
	// releaseName and namespace are those of the docs.
	releaseName = "crossvpc"
	namespace   = "crossvpc-system"
)

// kustomize renders a folder of config/.
func kustomize(t *testing.T, folder string) []*unstructured.Unstructured {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/go.mod", "kustomize", "build", folder)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kustomize build %s: %v", folder, err)
	}
	return parse(t, out)
}

// render renders the chart as `helm template` does.
func render(values map[string]any) ([]byte, error) {
	return renderFor(values, releaseName, namespace)
}

// renderFor renders a release of any name, in any namespace, for an API server that serves more than Kubernetes' own kinds.
func renderFor(values map[string]any, release, namespace string, served ...string) ([]byte, error) {
	chart, err := loader.Load(chartPath)
	if err != nil {
		return nil, err
	}
	install := action.NewInstall(action.NewConfiguration())
	install.DryRunStrategy, install.ReleaseName, install.Namespace, install.APIVersions = action.DryRunClient, release, namespace, served
	install.KubeVersion = &common.KubeVersion{Version: "v1.31.0", Major: "1", Minor: "31"}
	done, err := install.Run(chart, values)
	if err != nil {
		return nil, err
	}
	accessor, err := releases.NewAccessor(done)
	if err != nil {
		return nil, err
	}
	return []byte(accessor.Manifest()), nil
}

func mustRender(t *testing.T, values string) []*unstructured.Unstructured {
	t.Helper()
	manifest, err := render(parseValues(t, values))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, manifest)
}

func parseValues(t *testing.T, text string) map[string]any {
	t.Helper()
	values := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func parse(t *testing.T, manifests []byte) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(manifests)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, object); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
	slices.SortFunc(objects, func(a, b *unstructured.Unstructured) int { return strings.Compare(nameOf(a), nameOf(b)) })
	return objects
}

func nameOf(object *unstructured.Unstructured) string {
	return filepath.Join(object.GetKind(), object.GetNamespace(), object.GetName())
}

func find(t *testing.T, objects []*unstructured.Unstructured, name string) *unstructured.Unstructured {
	t.Helper()
	at := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return nameOf(o) == name })
	if at < 0 {
		t.Fatalf("there is no %s", name)
	}
	return objects[at]
}
