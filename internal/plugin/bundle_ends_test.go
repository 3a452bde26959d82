package plugin

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
	"github.com/crossvpc/crossvpc/internal/plugin/policies"
)

// TestABundleHasCiliumsPoliciesToo, without what their rules compare headers with, and says which kinds may not be read.
func TestABundleHasCiliumsPoliciesToo(t *testing.T) {
	policy := ciliumObject("CiliumNetworkPolicy", "only", map[string]any{"egress": []any{map[string]any{"toPorts": []any{map[string]any{
		"rules": map[string]any{"http": []any{map[string]any{"method": "GET", "headers": []any{"X-Key " + planted}, "headerMatches": []any{map[string]any{"name": "X", "value": planted}}}}},
	}}}}})
	evidence := diagnosis.Evidence{From: diagnosis.End{Policies: policies.Subject{
		Read: []unstructured.Unstructured{policy}, Unread: map[string]string{policies.KindClusterwide: "forbidden"},
	}}}
	c := &collector{}
	c.ends(evidence)
	var packed bytes.Buffer
	if err := c.Write(&packed); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "crossvpc.tar.gz")
	if err := os.WriteFile(file, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	files := unpacked(t, file)
	if content := files["ciliumnetworkpolicy-only.yaml"]; !strings.Contains(content, "method: GET") || strings.Contains(content, planted) {
		t.Errorf("the policy:\n%s", content)
	}
	if !strings.Contains(files["not-read.txt"], "source's policies of kind CiliumClusterwideNetworkPolicy: forbidden") {
		t.Errorf("what may not be read:\n%s", files["not-read.txt"])
	}
}
