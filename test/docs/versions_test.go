package docs

import (
	"regexp"
	"slices"
	"testing"
)

// TestTheReleaseInPagesIsTheOneOfTheChart: who follows a page gets the sources, the chart and the image of one release.
func TestTheReleaseInPagesIsTheOneOfTheChart(t *testing.T) {
	version := regexp.MustCompile(`(?m)^version: (\S+)$`).FindStringSubmatch(Read(t, "charts/crossvpc/Chart.yaml"))
	if version == nil {
		t.Fatal("the chart has no version")
	}
	release := regexp.MustCompile(`(?:git clone --branch v|charts/crossvpc --version |targetRevision: |newTag: v)([0-9]\S*)`)
	for path, want := range map[string][]string{
		"docs/install.md":                        {version[1], version[1]},
		"config/argocd/samples/application.yaml": {version[1]},
		"config/default/kustomization.yaml":      {version[1]},
		"charts/crossvpc/README.md":              {version[1]},
	} {
		var named []string
		for _, found := range release.FindAllStringSubmatch(Read(t, path), -1) {
			named = append(named, found[1])
		}
		if !slices.Equal(named, want) {
			t.Errorf("%s names the releases %v, and the chart is %s: want %v", path, named, version[1], want)
		}
	}
}
