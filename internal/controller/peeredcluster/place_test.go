package peeredcluster

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
)

func TestAClusterInWhichNothingIsFoundIsNotReady(t *testing.T) {
	w := newWorld(t)
	w.peeredCluster(nil)
	object, _ := w.reconcile()
	for condition, status := range map[string]metav1.ConditionStatus{v1alpha1.ConditionReady: metav1.ConditionFalse, v1alpha1.ConditionReconciling: metav1.ConditionTrue} {
		if found := meta.FindStatusCondition(object.Status.Conditions, condition); found == nil || found.Status != status || found.Reason != v1alpha1.ReasonNothingFound {
			t.Errorf("%s:%s", condition, sentences(object))
		}
	}
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Region, spec.VPCID = v1alpha1.Region(w.network.Region), v1alpha1.VPCID(w.network.VPCID)
	})
	w.ready()
}

func TestA11WhatWasSeenOfTheNetworkIsKept(t *testing.T) {
	known := &v1alpha1.ClusterNetwork{
		SubnetIDs:       []string{"subnet-a", "subnet-b"},
		InterfaceGroups: []v1alpha1.InterfaceGroups{{SecurityGroupIDs: []string{"sg-a"}}},
	}
	for name, test := range map[string]struct {
		known *v1alpha1.ClusterNetwork
		seen  cilium.Footprint
		want  *v1alpha1.ClusterNetwork
	}{
		"nothing is known before a node reports its interfaces": {seen: cilium.Footprint{SubnetIDs: []string{"subnet-a"}}},
		"a cluster without nodes withdraws nothing":             {known: known, want: known},
		"new subnets and groups are added": {
			known: known,
			seen: cilium.Footprint{
				SubnetIDs:  []string{"subnet-c"},
				Interfaces: []cilium.Interface{{CarriesPods: true, SecurityGroupIDs: []string{"sg-b"}}},
			},
			want: &v1alpha1.ClusterNetwork{
				SubnetIDs:       []string{"subnet-a", "subnet-b", "subnet-c"},
				InterfaceGroups: []v1alpha1.InterfaceGroups{{SecurityGroupIDs: []string{"sg-a"}}, {SecurityGroupIDs: []string{"sg-b"}}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, merged(test.known, test.seen)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWhatIsSeenNowComesFirstWhereStatusTakesNoMore: a status that is not valid could not be written at all.
func TestWhatIsSeenNowComesFirstWhereStatusTakesNoMore(t *testing.T) {
	known := &v1alpha1.ClusterNetwork{}
	for i := range mostSubnets {
		known.SubnetIDs = append(known.SubnetIDs, fmt.Sprintf("subnet-%04d", i))
		known.InterfaceGroups = append(known.InterfaceGroups, v1alpha1.InterfaceGroups{SecurityGroupIDs: []string{fmt.Sprintf("sg-%04d", i)}})
	}
	got := merged(known, cilium.Footprint{
		SubnetIDs:  []string{"subnet-new"},
		Interfaces: []cilium.Interface{{CarriesPods: true, SecurityGroupIDs: []string{"sg-new"}}},
	})
	if len(got.SubnetIDs) != mostSubnets || len(got.InterfaceGroups) != mostInterfaceGroups {
		t.Errorf("%d subnets and %d sets", len(got.SubnetIDs), len(got.InterfaceGroups))
	}
	if got.SubnetIDs[mostSubnets-1] != "subnet-new" || got.InterfaceGroups[mostInterfaceGroups-1].SecurityGroupIDs[0] != "sg-new" {
		t.Error("what is seen now was left out")
	}
}

// TestA6WhatAWSHasNoMoreIsForgotten: a deleted subnet would be taken for one on the main table; a group of nodes at zero is not deleted.
func TestA6WhatAWSHasNoMoreIsForgotten(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	object := w.ready()
	atZero := w.addSubnet("10.11.250.0/24")
	want := object.Status.Network.DeepCopy()
	want.SubnetIDs = append(want.SubnetIDs, atZero)
	slices.Sort(want.SubnetIDs)
	object.Status.Network.SubnetIDs = append(object.Status.Network.SubnetIDs, atZero, "subnet-0123456789abcdef0")
	object.Status.Network.InterfaceGroups = append(object.Status.Network.InterfaceGroups,
		v1alpha1.InterfaceGroups{SecurityGroupIDs: []string{"sg-0123456789abcdef0"}})
	if err := w.kube.Status().Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(w.reconciler.Sweep)
	got, _ := w.reconcile()
	if diff := cmp.Diff(want, got.Status.Network); diff != "" {
		t.Error(diff)
	}
}

func (w *world) addSubnet(block string) string {
	w.t.Helper()
	made, err := w.ec2.CreateSubnet(w.t.Context(), &ec2.CreateSubnetInput{VpcId: &w.network.VPCID, CidrBlock: &block})
	if err != nil {
		w.t.Fatal(err)
	}
	return *made.Subnet.SubnetId
}

func TestC7HistorySurvivesStatus(t *testing.T) {
	value, start := netip.MustParsePrefix("10.8.0.0/13"), time.Unix(1000, 500)
	history := cilium.History{}.Observe(netip.Prefix{}, clusterview.NextSecond(start)).Observe(value, clusterview.NextSecond(start.Add(time.Minute)))
	written := writeHistory(history)
	if diff := cmp.Diff(history, readHistory(written), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if written[0].Until == nil || !written[0].Until.Time.Equal(history[1].From) || written[1].Until != nil {
		t.Errorf("a period must end where the next begins: %+v", written)
	}
	if clusterview.NextSecond(start) != time.Unix(1001, 0) {
		t.Errorf("the value must count as in force from the next full second, not from %s", clusterview.NextSecond(start))
	}
}
