package gitops

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// TestTheSampleObjectsAreAppliedInTheOrderOfTheDocs: identities before clusters, clusters before peerings.
func TestTheSampleObjectsAreAppliedInTheOrderOfTheDocs(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/go.mod", "kustomize", "build", "config/argocd/samples/objects")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	waves := map[string]string{}
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(out), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		waves[object.GetKind()] = object.GetAnnotations()["argocd.argoproj.io/sync-wave"]
	}
	want := map[string]string{"Namespace": "-6", "AWSIdentity": "-5", "PeeredCluster": "-3", "VPCPeering": "0"}
	if diff := cmp.Diff(want, waves); diff != "" {
		t.Errorf("waves (-want +got):\n%s", diff)
	}
}
