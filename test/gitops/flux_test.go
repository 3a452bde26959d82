package gitops

import (
	"testing"

	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/test/kstatus"
)

const fluxSample = "flux/kustomization.yaml"

// stages say what Flux makes of what Argo CD calls so.
var stages = map[string]string{
	"Healthy": "Current", "Progressing": "InProgress", "Degraded": "Failed", "Suspended": "Failed",
}

func TestFluxAgreesWithArgoCD(t *testing.T) {
	evaluators := evaluators(t)
	for _, kind := range kinds() {
		var all healthTests
		load(t, &all, customizations, kind, "health_test.yaml")
		for _, test := range all.Tests {
			t.Run(kind+"/"+test.InputPath, func(t *testing.T) {
				object := unstructuredAt(t, customizations, kind, test.InputPath)
				got := stageOf(t, evaluators[kind], object)
				want := stages[test.HealthStatus.Status]
				if waitsForATime(object) {
					want = "InProgress"
				}
				if got != want {
					t.Errorf("Flux says %s, and Argo CD %s", got, test.HealthStatus.Status)
				}
			})
		}
	}
}

func stageOf(t *testing.T, evaluator *cel.StatusEvaluator, object *unstructured.Unstructured) string {
	t.Helper()
	result, err := evaluator.Evaluate(t.Context(), object)
	if err != nil {
		t.Fatal(err)
	}
	return result.Status.String()
}

// evaluators are of the sample's healthCheckExprs, by kind.
func evaluators(t *testing.T) map[string]*cel.StatusEvaluator {
	t.Helper()
	var sample struct {
		Spec struct {
			HealthCheckExprs []kustomize.CustomHealthCheck `json:"healthCheckExprs"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal([]byte(read(t, fluxSample)), &sample); err != nil {
		t.Fatal(err)
	}
	found := map[string]*cel.StatusEvaluator{}
	for _, check := range sample.Spec.HealthCheckExprs {
		evaluator, err := cel.NewStatusEvaluator(&check.HealthCheckExpressions)
		if err != nil {
			t.Fatalf("%s: %v", check.Kind, err)
		}
		found[check.Kind] = evaluator
	}
	if len(found) != len(kinds()) {
		t.Fatalf("the sample has checks for %d kinds", len(found))
	}
	return found
}

// waitsForATime: its window opens by itself. Argo CD shows that as Suspended, and Flux waits.
func waitsForATime(object *unstructured.Unstructured) bool {
	stage, err := kstatus.Stage(object)
	return err == nil && stage == "InProgress"
}

// Who waits without healthCheckExprs sees the same: Flux falls back on kstatus.
func TestKstatusAgreesWithFlux(t *testing.T) {
	evaluators := evaluators(t)
	for _, kind := range kinds() {
		for path := range manifests(t, customizations, kind, "testdata") {
			object := unstructuredAt(t, customizations, kind, path)
			want, err := kstatus.Stage(object)
			if err != nil {
				t.Fatal(err)
			}
			if got := stageOf(t, evaluators[kind], object); got != want {
				t.Errorf("%s/%s: Flux says %s, and kstatus %s", kind, path, got, want)
			}
		}
	}
}

// unstructuredAt has whole numbers as a client reads them from the API server.
func unstructuredAt(t *testing.T, path ...string) *unstructured.Unstructured {
	t.Helper()
	content, err := yaml.YAMLToJSON([]byte(read(t, path...)))
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(content); err != nil {
		t.Fatal(err)
	}
	return object
}
