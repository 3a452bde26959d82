package vpcpeering

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// TestAnObjectThatIsOlderThanTheBoundOfItsNameCanBeDeleted: the bound came after the API, here in a copy under another group.
func TestAnObjectThatIsOlderThanTheBoundOfItsNameCanBeDeleted(t *testing.T) {
	w := &world{t: t, kube: apiServer(t)}
	w.makeNamespace()
	group := w.namespace + ".example.com"
	crd, rules := w.copyWithoutRootRules(group)
	object := func(name string) *unstructured.Unstructured {
		o := &unstructured.Unstructured{}
		o.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: "v1alpha1", Kind: "VPCPeering"})
		o.SetNamespace(w.namespace)
		o.SetName(name)
		o.SetFinalizers([]string{v1alpha1.Finalizer})
		side := func(vpc string) map[string]any { return map[string]any{"region": "eu-west-1", "vpcID": vpc} }
		o.Object["spec"] = map[string]any{"requester": side("vpc-01234567"), "accepter": side("vpc-01234568")}
		return o
	}
	older := object(strings.Repeat("a", 200))
	w.eventually("the copy is served", func() bool { return w.kube.Create(t.Context(), older) == nil })

	before := crd.DeepCopy()
	setRootRules(crd, rules)
	if err := w.kube.Patch(t.Context(), crd, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	w.eventually("long names are refused", func() bool {
		return apierrors.IsInvalid(w.kube.Create(t.Context(), object(strings.Repeat("b", 200)), client.DryRunAll))
	})
	older.SetFinalizers(nil)
	if err := w.kube.Update(t.Context(), older); err != nil {
		t.Errorf("its finalizer can't be removed: %v", err)
	}
}

// copyWithoutRootRules makes the API of VPCPeerings once more, and gives the rules that were left out.
func (w *world) copyWithoutRootRules(group string) (*unstructured.Unstructured, any) {
	w.t.Helper()
	text, err := os.ReadFile("../../../config/crd/bases/networking.crossvpc.io_vpcpeerings.yaml")
	if err != nil {
		w.t.Fatal(err)
	}
	crd := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &crd.Object); err != nil {
		w.t.Fatal(err)
	}
	crd.SetName("vpcpeerings." + group)
	if err := unstructured.SetNestedField(crd.Object, group, "spec", "group"); err != nil {
		w.t.Fatal(err)
	}
	rules := rootSchema(crd)["x-kubernetes-validations"]
	setRootRules(crd, nil)
	w.create(crd)
	w.t.Cleanup(func() { _ = w.kube.Delete(context.Background(), crd) })
	return crd, rules
}

func rootSchema(crd *unstructured.Unstructured) map[string]any {
	versions, _, _ := unstructured.NestedFieldNoCopy(crd.Object, "spec", "versions")
	root, _, _ := unstructured.NestedFieldNoCopy(versions.([]any)[0].(map[string]any), "schema", "openAPIV3Schema")
	return root.(map[string]any)
}

func setRootRules(crd *unstructured.Unstructured, rules any) {
	if rules == nil {
		delete(rootSchema(crd), "x-kubernetes-validations")
		return
	}
	rootSchema(crd)["x-kubernetes-validations"] = rules
}

// eventually waits for what the API server does by and by.
func (w *world) eventually(what string, done func() bool) {
	w.t.Helper()
	err := wait.PollUntilContextTimeout(w.t.Context(), 50*time.Millisecond, 2*time.Minute, true, func(context.Context) (bool, error) { return done(), nil })
	if err != nil {
		w.t.Fatalf("waiting until %s: %v", what, err)
	}
}
