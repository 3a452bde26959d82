package nodesim

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// As build-config of Cilium has it: install/kubernetes/cilium and pkg/option/resolver.
func TestTheLastNameAmongTheConfigsThatSelectTheNodeWins(t *testing.T) {
	t.Parallel()
	named := func(name, value string, selector *metav1.LabelSelector) nodeConfig {
		var c nodeConfig
		c.Metadata.Name, c.Spec.NodeSelector, c.Spec.Defaults = name, selector, map[string]string{NativeRoutingKey: value}
		return c
	}
	every := &metav1.LabelSelector{}
	allBut := func(host string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: "kubernetes.io/hostname", Operator: metav1.LabelSelectorOpNotIn, Values: []string{host}},
		}}
	}
	for name, test := range map[string]struct {
		configs []nodeConfig
		want    string
	}{
		"none: the ConfigMap's value":           {nil, "base"},
		"one that selects every node":           {[]nodeConfig{named("a", "a", every)}, "a"},
		"without a selector it selects nothing": {[]nodeConfig{named("a", "a", nil)}, "base"},
		"the last name, in whatever order":      {[]nodeConfig{named("b", "b", every), named("c", "c", every), named("a", "a", every)}, "c"},
		"the last of those that select":         {[]nodeConfig{named("a", "a", every), named("b", "b", allBut("here"))}, "a"},
		"all but another node":                  {[]nodeConfig{named("a", "a", allBut("there"))}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := map[string]string{NativeRoutingKey: "base", "ipam": "eni"}
			got, err := effective(base, test.configs, map[string]string{"kubernetes.io/hostname": "here"})
			if err != nil {
				t.Fatal(err)
			}
			if got[NativeRoutingKey] != test.want || got["ipam"] != "eni" || base[NativeRoutingKey] != "base" {
				t.Errorf("effective %v, want %s; base %v", got, test.want, base)
			}
		})
	}
}

func TestTheNativeRoutingCIDRIsOneIPv4Prefix(t *testing.T) {
	t.Parallel()
	for value, wrong := range map[string]bool{"": false, "10.8.0.0/13": false, "10.8.0.0/13,10.0.0.0/16": true, "fd00::/8": true, "10.8.0.0": true} {
		if _, err := nativeRoutingCIDR(map[string]string{NativeRoutingKey: value}); (err != nil) != wrong {
			t.Errorf("%q: error %v", value, err)
		}
	}
}
