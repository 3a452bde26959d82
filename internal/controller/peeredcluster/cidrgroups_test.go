package peeredcluster

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

func withGroups(spec *v1alpha1.PeeredClusterSpec) {
	spec.Cilium.CIDRGroups = v1alpha1.CIDRGroupsEnabled
}

// groups are the blocks of the CiliumCIDRGroups by name.
func (w *world) groups() map[string][]string {
	w.t.Helper()
	list := cilium.ListOf("CiliumCIDRGroup", "v2")
	if err := w.kube.List(w.t.Context(), list); err != nil {
		w.t.Fatal(err)
	}
	found := map[string][]string{}
	for i := range list.Items {
		group, err := cilium.CIDRGroupFromUnstructured(&list.Items[i])
		if err != nil {
			w.t.Fatal(err)
		}
		found[group.Metadata.Name] = group.Spec.ExternalCIDRs
	}
	return found
}

func TestAGroupOfBlocksFollowsItsPeering(t *testing.T) {
	w := incident(t, "1.18.0", withGroups)
	w.ready()
	if got := w.groups()["crossvpc-default.eu-us"]; !slices.Equal(got, []string{"10.12.0.0/16"}) {
		t.Errorf("%v", w.groups())
	}
	w.peering("eu-ap", "10.9.0.0/16", "fd00::/56")
	w.until("two groups", func(*v1alpha1.PeeredCluster) bool {
		return slices.Equal(w.groups()["crossvpc-default.eu-ap"], []string{"10.9.0.0/16", "fd00::/56"})
	})
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured, "crossvpc writes nothing for IPv6, so pods do not reach fd00::/56")
	if got := w.read().Status.Cilium.UncoveredCIDRs; !slices.Equal(got, []string{"fd00::/56"}) {
		t.Errorf("uncovered: %v", got)
	}
	w.deletePeering("eu-us")
	w.until("one group", func(*v1alpha1.PeeredCluster) bool { return len(w.groups()) == 1 })
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.CIDRGroups = v1alpha1.CIDRGroupsDisabled })
	w.until("no group", func(*v1alpha1.PeeredCluster) bool { return len(w.groups()) == 0 })
}

func TestAGroupOfSomebodyElseIsNotTouched(t *testing.T) {
	w := incident(t, "1.18.0", withGroups)
	foreign := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"externalCIDRs": []any{"10.99.0.0/16"}}}}
	foreign.SetGroupVersionKind(cilium.KindOf("CiliumCIDRGroup", "v2"))
	foreign.SetName("crossvpc-default.eu-us")
	w.create(foreign)
	object := w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManagedElsewhere, "CiliumCIDRGroup crossvpc-default.eu-us", "not touched. Rename or remove it.")
	w.until("nodes are renewed all the same", func(now *v1alpha1.PeeredCluster) bool {
		object = now
		return meta.IsStatusConditionTrue(now.Status.Conditions, v1alpha1.ConditionNodesUpToDate)
	})
	if got := w.groups()["crossvpc-default.eu-us"]; !slices.Equal(got, []string{"10.99.0.0/16"}) || object.Status.Nodes.Current != 3 {
		t.Errorf("%v, %+v", got, object.Status.Nodes)
	}
	if err := w.kube.Delete(w.t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	w.ready()
	if got := w.groups()["crossvpc-default.eu-us"]; !slices.Equal(got, []string{"10.12.0.0/16"}) {
		t.Errorf("%v", got)
	}
}

// TestObjectsOfAnOlderCiliumAreV2Alpha1 serves what Cilium 1.15 does.
func TestObjectsOfAnOlderCiliumAreV2Alpha1(t *testing.T) {
	w := newWorld(t)
	w.serveOnly("v2alpha1")
	t.Cleanup(func() { w.serveOnly("v2", "v2alpha1") })
	w.installs("1.15.19", 1)
	w.peeredCluster(withGroups)
	w.peering("eu-us", "10.12.0.0/16")
	w.ready()
	for _, kind := range []string{"CiliumCIDRGroup", "CiliumNodeConfig"} {
		list := cilium.ListOf(kind, "v2alpha1")
		if err := w.kube.List(t.Context(), list); err != nil || len(list.Items) != 1 {
			t.Errorf("%s: %d, %v", kind, len(list.Items), err)
		}
	}
}

// serveOnly has the definitions serve these versions and no other.
func (w *world) serveOnly(versions ...string) {
	w.t.Helper()
	ctx := context.WithoutCancel(w.t.Context())
	for _, definition := range []string{"ciliumcidrgroups.cilium.io", "ciliumnodeconfigs.cilium.io"} {
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
		if err := w.kube.Get(ctx, client.ObjectKey{Name: definition}, object); err != nil {
			w.t.Fatal(err)
		}
		list, _, err := unstructured.NestedSlice(object.Object, "spec", "versions")
		if err != nil {
			w.t.Fatal(err)
		}
		for _, version := range list {
			fields := version.(map[string]any)
			fields["served"] = slices.Contains(versions, fields["name"].(string))
		}
		if err := unstructured.SetNestedSlice(object.Object, list, "spec", "versions"); err != nil {
			w.t.Fatal(err)
		}
		if err := w.kube.Update(ctx, object); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, kind := range []string{"CiliumCIDRGroup", "CiliumNodeConfig"} {
		for _, version := range []string{"v2", "v2alpha1"} {
			eventually(w.t, kind+" is served as before", func() error {
				return served(ctx, w.kube, kind, version, slices.Contains(versions, version))
			})
		}
	}
}

func served(ctx context.Context, kube client.Client, kind, version string, want bool) error {
	err := kube.List(ctx, cilium.ListOf(kind, version))
	if got := err == nil; got != want {
		return fmt.Errorf("%s %s is served: %t (%w)", kind, version, got, err)
	}
	return nil
}
