package peeredcluster

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/object"
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

// onlyGroups is a cluster whose nodes have the value without us: of crossvpc it has a CiliumCIDRGroup and nothing else.
func onlyGroups(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.installs("1.18.0", 2, cilium.NativeRoutingKey, "10.8.0.0/13")
	w.peeredCluster(withGroups)
	w.peering("eu-us", "10.12.0.0/16")
	w.ready()
	if got := w.wrote(); len(got.Groups) != 1 || len(got.Configs) > 0 || len(got.Did) > 0 {
		t.Fatalf("%+v", got)
	}
	return w
}

// TestGroupsOfAnEarlierPeeredClusterGoWithTheOneThatIsThereNow: after a restore none of its VPCPeerings comes back.
func TestGroupsOfAnEarlierPeeredClusterGoWithTheOneThatIsThereNow(t *testing.T) {
	for _, want := range []v1alpha1.CiliumCIDRGroups{v1alpha1.CIDRGroupsEnabled, v1alpha1.CIDRGroupsDisabled} {
		t.Run(string(want), func(t *testing.T) {
			w := onlyGroups(t)
			w.loseHub()
			w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.CIDRGroups = want })
			w.sweep(4)
			if got := w.groups(); len(got) != 1 || !object.Held(w.read()) {
				t.Errorf("before its VPCPeering is back: %v, held: %t", got, object.Held(w.read()))
			}
			w.delete(w.read())
			w.finish()
			if got := w.groups(); len(got) > 0 {
				t.Errorf("left: %v", got)
			}
		})
	}
}

// TestGroupsThatAnotherPeeredClusterTakesUpStay: in a new hub crossvpc makes PeeredCluster/local, here eu, for a cluster that has a name already.
// It asks for no groups, nor for anything else.
func TestGroupsThatAnotherPeeredClusterTakesUpStay(t *testing.T) {
	for name, want := range map[string]v1alpha1.CiliumCIDRGroups{"both want groups": v1alpha1.CIDRGroupsEnabled, "the first wants none": v1alpha1.CIDRGroupsDisabled} {
		t.Run(name, func(t *testing.T) {
			w := onlyGroups(t)
			before := w.groups()
			w.loseHub()
			restored := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "us"}, Spec: *w.read().Spec.DeepCopy()}
			w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.CIDRGroups = want })
			w.sweep(3)
			w.create(restored)
			w.look("us")
			w.sweep(3)
			if diff := cmp.Diff(before, w.groups()); diff != "" || !object.Held(w.read()) {
				t.Errorf("before the deletion, held: %t (-before +now):\n%s", object.Held(w.read()), diff)
			}
			w.delete(w.read())
			w.finish()
			if diff := cmp.Diff(before, w.groups()); diff != "" {
				t.Errorf("after the deletion (-before +now):\n%s", diff)
			}
		})
	}
}

func (w *world) sweep(times int) {
	w.t.Helper()
	for range times {
		w.reconcile()
		w.clock.advance(w.reconciler.Sweep)
	}
}

// TestAClusterIsNotLetGoWhileAGroupIsLeft: in the reconciliation that deletes the last group somebody else writes first.
func TestAClusterIsNotLetGoWhileAGroupIsLeft(t *testing.T) {
	w := onlyGroups(t)
	failing := w.failing("delete", func(name string) bool { return name == "crossvpc-default.eu-us" })
	failing.as = apierrors.NewConflict(schema.GroupResource{Resource: "ciliumcidrgroups"}, "crossvpc-default.eu-us", nil)
	w.deletePeering("eu-us")
	for range 3 {
		w.look(clusterName)
	}
	if failing.failed == 0 || !object.Held(w.read()) {
		t.Errorf("%d deletions failed, and the PeeredCluster is held: %t", failing.failed, object.Held(w.read()))
	}
	failing.stopped = true
	w.until("let go", func(now *v1alpha1.PeeredCluster) bool { return len(w.groups()) == 0 && !object.Held(now) })
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
