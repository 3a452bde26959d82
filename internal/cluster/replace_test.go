package cluster

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/version"
)

func configMap(data map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"data": data}}
	object.SetAPIVersion("v1")
	object.SetKind("ConfigMap")
	object.SetNamespace(metav1.NamespaceDefault)
	object.SetName("ours")
	return object
}

func TestAnObjectOfOursIsReplacedWholeAndItsNamesakeSpared(t *testing.T) {
	_, admin, _ := realCluster(t)
	read := func() *unstructured.Unstructured {
		t.Helper()
		found := configMap(nil)
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(found), found); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if err := Replace(t.Context(), admin, configMap(map[string]any{"a": "1", "b": "2"})); err != nil {
		t.Fatal("made where there is none:", err)
	}
	if err := Replace(t.Context(), admin, configMap(map[string]any{"b": "3"})); err != nil {
		t.Fatal("replaced:", err)
	}
	first := read()
	if data, _, _ := unstructured.NestedStringMap(first.Object, "data"); len(data) != 1 || data["b"] != "3" {
		t.Errorf("after a replacement it has %v", data)
	}
	if wrote := first.GetAnnotations()[v1alpha1.AnnotationVersion]; wrote != version.String() {
		t.Errorf("it says that version %q wrote it", wrote)
	}

	if err := DeleteExact(t.Context(), admin, first.DeepCopy()); err != nil {
		t.Fatal(err)
	}
	if err := DeleteExact(t.Context(), admin, first.DeepCopy()); err != nil {
		t.Error("one that is gone already:", err)
	}
	if err := Replace(t.Context(), admin, configMap(map[string]any{"c": "4"})); err != nil {
		t.Fatal(err)
	}
	if err := DeleteExact(t.Context(), admin, first); !apierrors.IsConflict(err) {
		t.Errorf("a namesake: %v, want a conflict", err)
	}
	if second := read(); second.GetUID() == first.GetUID() {
		t.Error("the namesake is not another object")
	}
}
