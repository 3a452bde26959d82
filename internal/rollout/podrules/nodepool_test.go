package podrules

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWhoHasTheAnnotationIsReadFromManagedFields(t *testing.T) {
	t.Parallel()
	const mine = `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:networking.crossvpc.io/native-routing-revision":{}}}}}}`
	entry := func(manager, fields string, minute int) metav1.ManagedFieldsEntry {
		at := metav1.NewTime(time.Unix(int64(minute)*60, 0))
		return metav1.ManagedFieldsEntry{Manager: manager, Time: &at, FieldsV1: metav1.NewFieldsV1(fields)}
	}
	pool := &NodePool{}
	for _, c := range []struct {
		what, manager, writer string
		fields                []metav1.ManagedFieldsEntry
	}{
		{"nobody", "", "", nil},
		{"ours", NodePoolManager, "helm", []metav1.ManagedFieldsEntry{entry("helm", `{"f:spec":{"f:limits":{}}}`, 1), entry(NodePoolManager, mine, 2)}},
		{"theirs", "argocd", "argocd", []metav1.ManagedFieldsEntry{entry("argocd", mine, 1)}},
		{"both", "argocd", "argocd", []metav1.ManagedFieldsEntry{entry("argocd", mine, 1), entry(NodePoolManager, mine, 2)}},
		{"another key", "", "kubectl", []metav1.ManagedFieldsEntry{entry("kubectl", `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:x":{}}}}}}`, 1)}},
		{"the last writer", "", "flux", []metav1.ManagedFieldsEntry{entry("kubectl", `{"f:spec":{}}`, 1), entry("flux", `{"f:spec":{}}`, 3), entry("helm", `{"f:spec":{}}`, 2), entry("x", `{"f:metadata":{}}`, 4)}},
	} {
		pool.Metadata.ManagedFields = c.fields
		if manager, _ := pool.MarkManager(); manager != c.manager {
			t.Errorf("%s: the annotation is %q's, want %q", c.what, manager, c.manager)
		}
		if writer := pool.LastWriter(); writer != c.writer {
			t.Errorf("%s: last written by %q, want %q", c.what, writer, c.writer)
		}
	}
}
