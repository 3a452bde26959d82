package backend

import (
	"net/netip"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

func TestWhoTookItBackIsNamed(t *testing.T) {
	var (
		written  = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
		value    = netip.MustParsePrefix("10.8.0.0/13")
		inMap    = Memory{Desired: "10.8.0.0/13", InForce: "10.8.0.0/13", ToConfigMap: true, Source: "ConfigMap/cilium-config", Written: written}
		known    = Memory{TakenBack: true, Written: written}
		entries  = []metav1.ManagedFieldsEntry{wroteAt("helm", written.Add(time.Hour)), wroteAt("kubectl", written.Add(-time.Hour))}
		managed  = map[string][]metav1.ManagedFieldsEntry{"kube-system/cilium-config": entries, "kube-system/ip-masq-agent": entries}
		install  = cilium.Install{Namespace: "kube-system", Managed: managed, AWSNode: &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{ManagedFields: entries}}}
		lost     = cilium.IPMasq{Mark: &cilium.IPMasqMark{CIDRs: []netip.Prefix{value}}}
		kept     = cilium.IPMasq{Mark: &cilium.IPMasqMark{CIDRs: []netip.Prefix{value}}, CIDRs: []netip.Prefix{value}}
		stranger = cilium.AWSNode{Others: []string{"terraform"}}
	)
	changed := func(memory Memory, edit func(*Memory)) Memory {
		edit(&memory)
		return memory
	}
	for name, tc := range map[string]struct {
		backend string
		facts   cilium.Facts
		was     Memory
		want    string
	}{
		"a value that is gone from the ConfigMap":             {ConfigMap, cilium.Facts{}, inMap, "helm"},
		"by whoever holds the key now":                        {ConfigMap, cilium.Facts{KeyHolders: []string{"argocd", "flux"}}, inMap, "argocd and flux"},
		"not while it is there":                               {ConfigMap, cilium.Facts{Applied: value}, inMap, ""},
		"not if it was never there":                           {ConfigMap, cilium.Facts{}, changed(inMap, func(m *Memory) { m.InForce = "" }), ""},
		"not if another value was in force":                   {ConfigMap, cilium.Facts{}, changed(inMap, func(m *Memory) { m.InForce = "10.0.0.0/8" }), ""},
		"not if agents had it from a CiliumNodeConfig":        {ConfigMap, cilium.Facts{}, changed(inMap, func(m *Memory) { m.Source = "CiliumNodeConfig/zz" }), ""},
		"not if it is to be somewhere else now":               {ConfigMap, cilium.Facts{}, changed(inMap, func(m *Memory) { m.ToConfigMap = false }), ""},
		"still, while nobody asked for another attempt":       {ConfigMap, cilium.Facts{Applied: value}, known, "helm"},
		"blocks that are off the ip-masq-agent's list":        {IPMasqAgent, cilium.Facts{IPMasq: lost}, Memory{Written: written}, "helm"},
		"not while they are on it":                            {IPMasqAgent, cilium.Facts{IPMasq: kept}, Memory{Written: written}, ""},
		"a list, still":                                       {IPMasqAgent, cilium.Facts{IPMasq: kept}, known, "helm"},
		"a variable of aws-node that somebody else holds now": {AWSNode, cilium.Facts{AWSNode: &stranger}, Memory{Configured: true}, "terraform"},
		"a variable that is gone":                             {AWSNode, cilium.Facts{AWSNode: &cilium.AWSNode{}}, Memory{Configured: true, Written: written}, "helm"},
		"not a variable that was never in place":              {AWSNode, cilium.Facts{AWSNode: &stranger}, Memory{}, ""},
		"not a variable that is there":                        {AWSNode, cilium.Facts{AWSNode: &cilium.AWSNode{Ours: []netip.Prefix{value}}}, Memory{Configured: true}, ""},
		"not a variable whose DaemonSet is away":              {AWSNode, cilium.Facts{}, Memory{Configured: true}, ""},
		"a CiliumNodeConfig is written again instead":         {CiliumNodeConfig, cilium.Facts{}, known, ""},
		"what a person set is theirs":                         {Manual, cilium.Facts{}, known, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := New(Cluster{Install: install, Facts: tc.facts}).Named(tc.backend).TakenBackBy(tc.was); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func wroteAt(manager string, at time.Time) metav1.ManagedFieldsEntry {
	return metav1.ManagedFieldsEntry{Manager: manager, Time: &metav1.Time{Time: at}, FieldsV1: metav1.NewFieldsV1(`{"f:data":{}}`)}
}
