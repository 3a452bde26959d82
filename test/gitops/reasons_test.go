package gitops

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Lua has a list of its own of what is at rest: it is ours, for every reason there is.
func TestWhatIsAtRestIsSuspendedAndEveryOtherStalledReasonDegraded(t *testing.T) {
	for _, kind := range kinds() {
		script := read(t, customizations, kind, "health.lua")
		for _, reason := range reasons(t) {
			want := "Degraded"
			if v1alpha1.AtRest(reason) {
				want = "Suspended"
			}
			object := map[string]any{
				"metadata": map[string]any{"generation": 1.0},
				"status": map[string]any{"observedGeneration": 1.0, "conditions": []any{
					map[string]any{"type": "Ready", "status": "False", "reason": reason, "message": "m"},
					map[string]any{"type": "Stalled", "status": "True", "reason": reason, "message": "m"},
				}},
			}
			if got := healthOf(t, script, object); got != (health{want, "m"}) {
				t.Errorf("%s Stalled for %s is %+v, want %s", kind, reason, got, want)
			}
		}
	}
}

// The three scripts are one: upstream's folders know no file that kinds share.
func TestTheHealthOfAllKindsIsOneScript(t *testing.T) {
	var scripts []string
	for _, kind := range kinds() {
		_, script, _ := strings.Cut(read(t, customizations, kind, "health.lua"), "\n")
		scripts = append(scripts, script)
	}
	if scripts[0] != scripts[1] || scripts[1] != scripts[2] {
		t.Error("the scripts differ in more than their first line")
	}
}

// A manifest that the API would not take, or a field that is gone, is no real manifest.
func TestTheManifestsAreOfTheAPIAsItIs(t *testing.T) {
	types := map[string]func() any{
		"AWSIdentity":   func() any { return &v1alpha1.AWSIdentity{} },
		"PeeredCluster": func() any { return &v1alpha1.PeeredCluster{} },
		"VPCPeering":    func() any { return &v1alpha1.VPCPeering{} },
	}
	for _, kind := range kinds() {
		for _, folder := range []string{"", "actions"} {
			for path := range manifests(t, customizations, kind, folder, "testdata") {
				content := read(t, customizations, kind, folder, path)
				if err := yaml.UnmarshalStrict([]byte(content), types[kind]()); err != nil {
					t.Errorf("%s/%s/%s: %v", kind, folder, path, err)
				}
			}
		}
	}
}

// reasons are the constants of api/v1alpha1.
func reasons(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../api/v1alpha1/reasons*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, constants(file)...)
	}
	if len(found) < 50 {
		t.Fatalf("found only %d reasons", len(found))
	}
	return found
}

func constants(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
			if reason, err := strconv.Unquote(literal.Value); err == nil {
				found = append(found, reason)
			}
		}
		return true
	})
	return found
}
