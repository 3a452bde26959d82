package peeredcluster

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

func TestA11WhatWasMadeForAClusterSaysWhereItWas(t *testing.T) {
	t.Parallel()
	of := func(tables, groups v1alpha1.GroupSelection, cluster string) v1alpha1.VPCPeering {
		var p v1alpha1.VPCPeering
		p.Spec.Requester.ClusterRefs = []v1alpha1.LocalName{{Name: cluster}}
		p.Spec.Requester.Routes.Tables, p.Spec.Requester.SecurityGroups.Groups = v1alpha1.Selection(tables), groups
		p.Status.Inventory = &v1alpha1.Inventory{
			Requester: v1alpha1.SideInventory{
				Routes:             []v1alpha1.InventoryRoutes{{RouteTableID: "rtb-own"}, {RouteTableID: "rtb-main"}, {RouteTableID: "rtb-gone"}},
				SecurityGroupRules: []v1alpha1.InventoryRule{{SecurityGroupID: "sg-pods"}},
			},
			Accepter: v1alpha1.SideInventory{Routes: []v1alpha1.InventoryRoutes{{RouteTableID: "rtb-theirs"}}, SecurityGroupRules: []v1alpha1.InventoryRule{{SecurityGroupID: "sg-theirs"}}},
		}
		return p
	}
	seen := peering.SideSnapshot{Subnets: []string{"subnet-1", "subnet-2", "subnet-implicit"}, RouteTables: []peering.RouteTable{
		{ID: "rtb-own", Subnets: []string{"subnet-1"}}, {ID: "rtb-other", Subnets: []string{"subnet-2"}}, {ID: "rtb-main", Main: true},
	}}
	for name, c := range map[string]struct {
		peering         v1alpha1.VPCPeering
		subnets, groups []string
	}{
		"tables and groups that follow the cluster": {of("Auto", "Auto", "us"), []string{"subnet-1", "subnet-implicit"}, []string{"sg-pods"}},
		"as the API server fills in later":          {of("", "", "us"), []string{"subnet-1", "subnet-implicit"}, []string{"sg-pods"}},
		"tables that somebody names":                {of("Selected", "Auto", "us"), nil, []string{"sg-pods"}},
		"groups that somebody names":                {of("Auto", "Selected", "us"), []string{"subnet-1", "subnet-implicit"}, nil},
		"of another cluster":                        {of("Auto", "Auto", "eu"), nil, nil},
		"nothing yet":                               {v1alpha1.VPCPeering{Spec: of("Auto", "Auto", "us").Spec}, nil, nil},
	} {
		was := madeFor([]v1alpha1.VPCPeering{c.peering}, "us")
		if diff := cmp.Diff(c.groups, was.groups); diff != "" {
			t.Errorf("%s: groups (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(c.subnets, slices.Sorted(slices.Values(was.subnets(seen)))); diff != "" {
			t.Errorf("%s: subnets (-want +got):\n%s", name, diff)
		}
	}
	sets := []v1alpha1.InterfaceGroups{{SecurityGroupIDs: []string{"sg-cluster", "sg-pods"}}}
	if got := withOne(sets, v1alpha1.InterfaceGroups{SecurityGroupIDs: []string{"sg-pods"}}); len(got) != 1 {
		t.Errorf("a group that interfaces carry now is named again: %v", got)
	}
	if got := withOne(sets, v1alpha1.InterfaceGroups{SecurityGroupIDs: []string{"sg-batch"}}); len(got) != 2 || got[0].SecurityGroupIDs[0] != "sg-batch" {
		t.Errorf("a group at zero is forgotten: %v", got)
	}
}

// TestA11AClusterRestoredWithoutStatusForgetsNoGroupAtZero: of its nodes none is in the subnet any more, and the record of the VPCPeering is all that tells.
func TestA11AClusterRestoredWithoutStatusForgetsNoGroupAtZero(t *testing.T) {
	for name, atFirst := range map[string]func(*world){
		"AWS answers": func(*world) {},
		"AWS does not answer at first": func(w *world) {
			w.failReads()
			if got := w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonAWSError); got.Status.Network != nil {
				w.t.Errorf("while AWS does not tell where the cluster was, pods are said to be in %+v only", got.Status.Network)
			}
			w.cloud.RemoveFault("")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", nil)
			w.ready()
			atZero := w.addSubnet("10.11.250.0/24")
			w.loseStatus()
			w.clock.advance(w.reconciler.Sweep)
			atFirst(w)
			w.clock.advance(w.reconciler.Sweep)
			got, _ := w.reconcile()
			if got.Status.Network == nil || !slices.Contains(got.Status.Network.SubnetIDs, atZero) {
				t.Errorf("after the restore pods are known to be in %+v, and not in %s, whose table has a route", got.Status.Network, atZero)
			}
		})
	}
}

// loseStatus restores the PeeredCluster without a status, and its VPCPeering with one: a route in the main table.
func (w *world) loseStatus() {
	w.t.Helper()
	w.recordMainTable()
	object := w.read()
	object.Status = v1alpha1.PeeredClusterStatus{}
	if err := w.kube.Status().Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) recordMainTable() {
	w.t.Helper()
	var p v1alpha1.VPCPeering
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "default", Name: "eu-us"}, &p); err != nil {
		w.t.Fatal(err)
	}
	p.Status.Inventory = &v1alpha1.Inventory{Requester: v1alpha1.SideInventory{Routes: []v1alpha1.InventoryRoutes{
		{RouteTableID: w.network.MainTable, Destinations: []string{"10.12.0.0/16"}, State: v1alpha1.InventoryCreated},
	}}}
	if err := w.kube.Status().Update(w.t.Context(), &p); err != nil {
		w.t.Fatal(err)
	}
}

// TestWhatWasMadeForAnotherClusterOfTheSideIsNotTakenOver: two clusters of one VPC are named in one commit. What was made for the
// one that reported first says nothing of where the other one is.
func TestWhatWasMadeForAnotherClusterOfTheSideIsNotTakenOver(t *testing.T) {
	for name, reported := range map[string]bool{"it is known where that one is": true, "nobody knows where that one is": false} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", nil)
			w.ready()
			theirs := w.addSubnet("10.11.250.0/24")
			var p v1alpha1.VPCPeering
			if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "default", Name: "eu-us"}, &p); err != nil {
				t.Fatal(err)
			}
			p.Spec.Requester.ClusterRefs = append(p.Spec.Requester.ClusterRefs, v1alpha1.LocalName{Name: "batch"})
			if err := w.kube.Update(t.Context(), &p); err != nil {
				t.Fatal(err)
			}
			w.create(&v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "batch"}, Spec: *w.read().Spec.DeepCopy()})
			if reported {
				w.becomes("batch", func(batch *v1alpha1.PeeredCluster) {
					batch.Status.Network = &v1alpha1.ClusterNetwork{SubnetIDs: []string{theirs}}
				})
			}
			w.loseStatus()
			w.clock.advance(w.reconciler.Sweep)
			got, _ := w.reconcile()
			if got.Status.Network == nil || slices.Contains(got.Status.Network.SubnetIDs, theirs) == reported {
				t.Errorf("pods are known to be in %+v; what was made there is for the other cluster: %t", got.Status.Network, reported)
			}
		})
	}
}

// TestA11WhereARestoredClusterWasIsNotSaidBeforeItsPeeringsAreBack: what is said before would be all that there is, and the
// group at zero forgotten.
func TestA11WhereARestoredClusterWasIsNotSaidBeforeItsPeeringsAreBack(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	atZero := w.addSubnet("10.11.250.0/24")
	w.loseHub()
	for range 2 {
		if got, _ := w.reconcile(); got.Status.Network != nil {
			t.Errorf("before a VPCPeering is back, pods are said to be in %+v only", got.Status.Network)
		}
		w.clock.advance(w.reconciler.Sweep)
	}
	w.peering("eu-us", "10.12.0.0/16")
	w.recordMainTable()
	got, _ := w.reconcile()
	if got.Status.Network == nil || !slices.Contains(got.Status.Network.SubnetIDs, atZero) {
		t.Errorf("pods are known to be in %+v, and not in %s, whose table has a route", got.Status.Network, atZero)
	}
	w.ready()
}
