package driver

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
	"github.com/crossvpc/crossvpc/test/karpenter"
)

// gitPool makes a NodePool as a tool that applies manifests does, under Karpenter's own definition.
func (s *stage) gitPool(mark string) *unstructured.Unstructured {
	s.t.Helper()
	pool := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": s.namespace},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{
			"nodeClassRef": map[string]any{"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"}, "requirements": []any{},
		}}},
	}}
	pool.SetGroupVersionKind(podrules.NodePoolKind)
	if mark != "" {
		_ = unstructured.SetNestedField(pool.Object, mark, "spec", "template", "metadata", "annotations", podrules.NodePoolAnnotation)
	}
	err := s.Apply(s.t.Context(), client.ApplyConfigurationFromUnstructured(pool), client.FieldOwner("git"), client.ForceOwnership)
	if err != nil {
		s.t.Fatal(err)
	}
	return pool
}

func (s *stage) pool() *podrules.NodePool {
	s.t.Helper()
	karpenter, err := clusterview.ReadKarpenter(s.t.Context(), s)
	if err != nil || karpenter.Pools[s.namespace] == nil {
		s.t.Fatalf("no NodePool %s: %v", s.namespace, err)
	}
	return karpenter.Pools[s.namespace]
}

func TestC4AnAnnotationOfSomebodyElsesIsNeverTakenAndOursCanBeReverted(t *testing.T) {
	s := newStage(t)
	if err := karpenter.Install(t.Context(), s.cluster); err != nil {
		t.Fatal(err)
	}
	made := s.gitPool("")
	for range 2 { // again is the same
		if err := MarkNodePool(t.Context(), s, s.namespace, made.GetUID(), "r1"); err != nil {
			t.Fatal(err)
		}
	}
	if manager, at := s.pool().MarkManager(); s.pool().Mark() != "r1" || manager != podrules.NodePoolManager || at.IsZero() {
		t.Errorf("marked %q by %q since %s", s.pool().Mark(), manager, at)
	}
	s.gitPool("") // does not have the key, so leaves it
	if s.pool().Mark() != "r1" {
		t.Error("a manifest without the annotation took it away")
	}

	s.gitPool("other")
	if err := MarkNodePool(t.Context(), s, s.namespace, made.GetUID(), "r2"); !apierrors.IsConflict(err) {
		t.Errorf("taking it from git: %v, want a conflict", err)
	}
	if manager, _ := s.pool().MarkManager(); s.pool().Mark() != "other" || manager != "git" {
		t.Errorf("is %q by %q", s.pool().Mark(), manager)
	}
	s.gitPool("")
	if writer := s.pool().LastWriter(); s.pool().Mark() != "" || writer != "git" {
		t.Errorf("taken back: %q, last written by %q", s.pool().Mark(), writer)
	}

	if err := MarkNodePool(t.Context(), s, s.namespace, "another", "r1"); err == nil {
		t.Error("marked a namesake of the NodePool that was planned for")
	}
	if err := MarkNodePool(t.Context(), s, "nobody", made.GetUID(), "r1"); err == nil {
		t.Error("made a NodePool")
	}
}
