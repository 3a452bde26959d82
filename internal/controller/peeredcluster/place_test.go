package peeredcluster

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

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

func TestC7HistorySurvivesStatus(t *testing.T) {
	value, start := netip.MustParsePrefix("10.8.0.0/13"), time.Unix(1000, 500)
	history := cilium.History{}.Observe(netip.Prefix{}, nextSecond(start)).Observe(value, nextSecond(start.Add(time.Minute)))
	written := writeHistory(history)
	if diff := cmp.Diff(history, readHistory(written), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if written[0].Until == nil || !written[0].Until.Time.Equal(history[1].From) || written[1].Until != nil {
		t.Errorf("a period must end where the next begins: %+v", written)
	}
	if nextSecond(start) != time.Unix(1001, 0) {
		t.Errorf("the value must count as in force from the next full second, not from %s", nextSecond(start))
	}
}
