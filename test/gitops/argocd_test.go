package gitops

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/config"
)

const customizations = "argocd/resource_customizations/networking.crossvpc.io"

// health is what a health script returns.
type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// healthTests is upstream's health_test.yaml.
type healthTests struct {
	Tests []struct {
		InputPath    string `json:"inputPath"`
		HealthStatus health `json:"healthStatus"`
	} `json:"tests"`
}

// action is one that discovery offers.
type action struct {
	Name     string `json:"name"`
	Disabled bool   `json:"disabled"`
}

// actionTests is upstream's action_test.yaml.
type actionTests struct {
	DiscoveryTests []struct {
		InputPath string   `json:"inputPath"`
		Result    []action `json:"result"`
	} `json:"discoveryTests"`
	ActionTests []struct {
		Action             string `json:"action"`
		InputPath          string `json:"inputPath"`
		ExpectedOutputPath string `json:"expectedOutputPath"`
	} `json:"actionTests"`
}

func TestArgoCDSeesTheHealthOfEachKind(t *testing.T) {
	for _, kind := range kinds() {
		script := read(t, customizations, kind, "health.lua")
		var all healthTests
		load(t, &all, customizations, kind, "health_test.yaml")
		unused := manifests(t, customizations, kind, "testdata")
		for _, test := range all.Tests {
			delete(unused, test.InputPath)
			t.Run(kind+"/"+test.InputPath, func(t *testing.T) {
				got := healthOf(t, script, manifest(t, customizations, kind, test.InputPath))
				if diff := gocmp.Diff(test.HealthStatus, got); diff != "" {
					t.Errorf("health (-want +got):\n%s", diff)
				}
			})
		}
		if len(unused) > 0 {
			t.Errorf("%s: no test names %v", kind, unused)
		}
	}
}

func TestArgoCDOffersTheActionsThatMakeSense(t *testing.T) {
	for _, kind := range kinds() {
		script := read(t, customizations, kind, "actions/discovery.lua")
		var all actionTests
		load(t, &all, customizations, kind, "actions/action_test.yaml")
		for _, test := range all.DiscoveryTests {
			t.Run(kind+"/"+test.InputPath, func(t *testing.T) {
				returned, err := runLua(script, manifest(t, customizations, kind, "actions", test.InputPath))
				if err != nil {
					t.Fatal(err)
				}
				offered := map[string]action{}
				if err := decode(returned, &offered); err != nil {
					t.Fatal(err)
				}
				var got []action
				for name, found := range offered {
					got = append(got, action{name, found.Disabled})
					if _, err := config.Files.Open(path.Join(customizations, kind, "actions", name, "action.lua")); err != nil {
						t.Errorf("action %s is offered and is not there: %v", name, err)
					}
				}
				byName := func(a, b action) int { return cmp.Compare(a.Name, b.Name) }
				slices.SortFunc(got, byName)
				slices.SortFunc(test.Result, byName)
				if diff := gocmp.Diff(test.Result, got); diff != "" {
					t.Errorf("actions (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestArgoCDsActionsChangeOneThing(t *testing.T) {
	for _, kind := range kinds() {
		var all actionTests
		load(t, &all, customizations, kind, "actions/action_test.yaml")
		for _, test := range all.ActionTests {
			t.Run(kind+"/"+test.Action+"/"+test.InputPath, func(t *testing.T) {
				before := manifest(t, customizations, kind, "actions", test.InputPath)
				got, err := runLua(read(t, customizations, kind, "actions", test.Action, "action.lua"), before)
				if err != nil {
					t.Fatal(err)
				}
				want := manifest(t, customizations, kind, "actions", test.ExpectedOutputPath)
				if diff := gocmp.Diff(any(want), restoreMaps(got, before)); diff != "" {
					t.Errorf("the object after it (-want +got):\n%s", diff)
				}
				if gocmp.Equal(any(before), any(want)) {
					t.Error("the test wants no change")
				}
			})
		}
	}
}

func healthOf(t *testing.T, script string, object map[string]any) health {
	t.Helper()
	returned, err := runLua(script, object)
	if err != nil {
		t.Fatal(err)
	}
	var got health
	if err := decode(returned, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func kinds() []string { return []string{"AWSIdentity", "PeeredCluster", "VPCPeering"} }

func read(t *testing.T, elements ...string) string {
	t.Helper()
	content, err := config.Files.ReadFile(path.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func load(t *testing.T, target any, elements ...string) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(read(t, elements...)), target); err != nil {
		t.Fatalf("%s: %v", path.Join(elements...), err)
	}
}

func manifest(t *testing.T, elements ...string) map[string]any {
	t.Helper()
	found := map[string]any{}
	load(t, &found, elements...)
	return found
}

// manifests are the files of a testdata folder, as test files name them.
func manifests(t *testing.T, elements ...string) map[string]bool {
	t.Helper()
	files, err := fs.Glob(config.Files, path.Join(path.Join(elements...), "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %d manifests, %v", elements, len(files), err)
	}
	found := map[string]bool{}
	for _, file := range files {
		found[path.Join("testdata", path.Base(file))] = true
	}
	return found
}
