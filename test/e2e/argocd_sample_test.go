package e2e

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/test/argocd"
)

// TestTheSampleApplicationIsTheOneThatArgoCDRuns: they differ in where chart and objects come from, and in nothing else.
func TestTheSampleApplicationIsTheOneThatArgoCDRuns(t *testing.T) {
	repository, err := argocd.NewRepository(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile("../../config/argocd/samples/application.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(withoutPlaces(t, []byte(application(repository))), withoutPlaces(t, sample)); diff != "" {
		t.Errorf("-run +sample:\n%s", diff)
	}
}

func withoutPlaces(t *testing.T, text []byte) map[string]any {
	t.Helper()
	object := map[string]any{}
	if err := yaml.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	sources := object["spec"].(map[string]any)["sources"].([]any)
	for _, source := range sources {
		source := source.(map[string]any)
		for _, place := range []string{"repoURL", "targetRevision", "path", "chart"} {
			delete(source, place)
		}
		if helm, is := source["helm"].(map[string]any); is {
			delete(helm, "values")
		}
	}
	return object
}
