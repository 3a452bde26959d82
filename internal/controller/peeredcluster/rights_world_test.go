package peeredcluster

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// stopsUsing takes back what has a use for a right.
func (w *world) stopsUsing() {
	w.t.Helper()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Cilium.CIDRGroups = v1alpha1.CIDRGroupsDisabled
		spec.Rollout.Strategy = v1alpha1.RolloutRecyclePods
	})
}

func (w *world) replacing() {
	w.t.Helper()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutReplaceNodes })
}

// withKarpenter has the cluster's node be one of Karpenter's.
func (w *world) withKarpenter() {
	w.t.Helper()
	w.replacing()
	w.serve(podrules.NodePoolKind)
	w.serve(podrules.NodePoolKind.GroupVersion().WithKind("NodeClaim"))
	node := &corev1.Node{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: "a"}, node); err != nil {
		w.t.Fatal(err)
	}
	node.Labels[podrules.NodePoolLabel] = "default"
	if err := w.kube.Update(w.t.Context(), node); err != nil {
		w.t.Fatal(err)
	}
}

// withNodePool has the node be one that Karpenter would replace; an empty one would get the value in place.
func (w *world) withNodePool() {
	w.t.Helper()
	w.withKarpenter()
	w.addPod("web", "a")
	node := &corev1.Node{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: "a"}, node); err != nil {
		w.t.Fatal(err)
	}
	pool := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{}, "spec": map[string]any{}}}}}
	pool.SetGroupVersionKind(podrules.NodePoolKind)
	pool.SetName("default")
	w.create(pool)
	claim := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"providerID": node.Spec.ProviderID}}}
	claim.SetGroupVersionKind(podrules.NodePoolKind.GroupVersion().WithKind("NodeClaim"))
	claim.SetName("default-a")
	claim.SetLabels(map[string]string{podrules.NodePoolLabel: "default"})
	w.create(claim)
}

// withGateways has Cilium be one that knows egress gateways.
func (w *world) withGateways() {
	w.t.Helper()
	w.serve(cilium.KindOf("CiliumEgressGatewayPolicy", "v2"))
}

// growsPeer gives the peer one more block.
func (w *world) growsPeer() {
	w.t.Helper()
	var peerings v1alpha1.VPCPeeringList
	if err := w.kube.List(w.t.Context(), &peerings); err != nil || len(peerings.Items) != 1 {
		w.t.Fatal(len(peerings.Items), err)
	}
	peering := &peerings.Items[0]
	peering.Status.Accepter.CIDRBlocks = append(peering.Status.Accepter.CIDRBlocks, "10.13.0.0/16")
	if err := w.kube.Status().Update(w.t.Context(), peering); err != nil {
		w.t.Fatal(err)
	}
}

// serve has the API server serve a kind of any shape until the end of the test.
func (w *world) serve(kind schema.GroupVersionKind) {
	w.t.Helper()
	singular := strings.ToLower(kind.Kind)
	plural := strings.TrimSuffix(singular, "y") + map[bool]string{true: "ies", false: "s"}[strings.HasSuffix(singular, "y")]
	definition := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"group": kind.Group, "scope": "Cluster",
		"names": map[string]any{"kind": kind.Kind, "listKind": kind.Kind + "List", "plural": plural, "singular": singular},
		"versions": []any{map[string]any{
			"name": kind.Version, "served": true, "storage": true,
			"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
		}},
	}}}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	definition.SetName(plural + "." + kind.Group)
	w.createUntilTheEnd(definition)
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	eventually(w.t, kind.Kind+" served", func() error { return w.kube.List(w.t.Context(), list) })
}
