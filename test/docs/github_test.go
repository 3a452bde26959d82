package docs

import (
	"path"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestFilesForGitHubAreYAML(t *testing.T) {
	for _, file := range Files(t, ".yml") {
		if !strings.HasPrefix(file, ".github/") {
			continue
		}
		if err := yaml.Unmarshal([]byte(Read(t, file)), new(map[string]any)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestEveryModuleIsUpdated: a module that is forgotten ages in silence.
func TestEveryModuleIsUpdated(t *testing.T) {
	var settings struct {
		Updates []struct{ Directories []string }
	}
	if err := yaml.Unmarshal([]byte(Read(t, ".github/dependabot.yml")), &settings); err != nil {
		t.Fatal(err)
	}
	leftOut := []string{"/test/dataplane"} // pins the versions of Cilium that docs/facts/cilium.md speaks of
	for _, file := range Files(t, ".mod") {
		folder := path.Join("/", path.Dir(file))
		if path.Base(file) != "go.mod" || slices.Contains(leftOut, folder) {
			continue
		}
		if !slices.ContainsFunc(settings.Updates, func(u struct{ Directories []string }) bool { return slices.Contains(u.Directories, folder) }) {
			t.Errorf("%s is in no list of .github/dependabot.yml", file)
		}
	}
}
