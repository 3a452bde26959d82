package diagnosis

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// plainPort has NetworkPolicies of an end admit the peer on one port or range alone, and asks about 8080.
func plainPort(end func(*Evidence) *End, app string, kind networkingv1.PolicyType, block string, port networkingv1.NetworkPolicyPort) func(*Evidence) {
	return func(e *Evidence) {
		admitting := policy(app, kind, block)
		for i := range admitting.Spec.Egress {
			admitting.Spec.Egress[i].Ports = []networkingv1.NetworkPolicyPort{port}
		}
		for i := range admitting.Spec.Ingress {
			admitting.Spec.Ingress[i].Ports = []networkingv1.NetworkPolicyPort{port}
		}
		end(e).Policies.Kubernetes = append(end(e).Policies.Kubernetes, admitting)
		fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{"matchLabels":{"app":"other"}},"egress":[{}]}}`, "8080")(e)
	}
}

func blocked(end func(*Evidence) *End, name string) func(*Evidence) {
	return func(e *Evidence) {
		cluster := end(e).Cluster
		cluster.Status.BlockedNodes = []v1alpha1.BlockedNode{{Name: name, Reason: "Unmanaged", Message: "It has the value of before."}}
	}
}

// emptyGroup is a CiliumCIDRGroup that has other blocks than the peer's.
func emptyGroup(e *Evidence) {
	group := cilium.CIDRGroup{Spec: cilium.CIDRGroupSpec{ExternalCIDRs: []string{"10.99.0.0/16"}}}
	group.Metadata.Name = "peers"
	e.From.Policies.Groups = append(e.From.Policies.Groups, group)
	fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toCIDRSet":[{"cidrGroupRef":"peers"}]}]}}`)(e)
}

// TestFaultsOfAStrangerAreNamed: what breaks in clusters, written before the checks were read. Those of AWS are in
// internal/plugin/dryrun, where the simulated AWS has them.
func TestFaultsOfAStrangerAreNamed(t *testing.T) {
	range8079 := networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(8000)), EndPort: new(int32(8079))}
	for name, fault := range map[string]struct {
		put  func(*Evidence)
		code string
	}{
		"the value has half of the peer":                   {func(e *Evidence) { e.From.Cluster.Status.Cilium.EffectiveCIDR = "10.12.0.0/17" }, "XV-S02"},
		"the value has half of the source, at the far end": {func(e *Evidence) { e.To.Cluster.Status.Cilium.EffectiveCIDR = "10.11.128.0/17" }, "XV-B02"},
		"the value is of another owner":                    {clusterDenied(from, v1alpha1.ConditionCiliumConfigured), "XV-S02"},
		"the node has the value of before":                 {blocked(from, "n1"), "XV-S03"},
		"the destination's node has that of before":        {blocked(to, "n2"), "XV-B03"},
		"another node has the value of before":             {blocked(from, "n9"), ""},
		"egress by the name of a port":                     {plainPort(from, "cart", networkingv1.PolicyTypeEgress, "10.12.0.0/16", networkingv1.NetworkPolicyPort{Port: new(intstr.FromString("web"))}), "XV-K05"},
		"egress to a range that ends one before":           {plainPort(from, "cart", networkingv1.PolicyTypeEgress, "10.12.0.0/16", range8079), "XV-K05"},
		"ingress to a range that ends one before":          {plainPort(to, "stock", networkingv1.PolicyTypeIngress, "10.11.0.0/16", range8079), "XV-K06"},
		"a CIDR group with other blocks":                   {emptyGroup, "XV-K07"},
		"a clusterwide denial of the source's pod":         {toPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"ingressDeny":[{"fromCIDR":["10.11.3.4/32"]}]}}`), "XV-K10"},
		"a clusterwide denial of another pod":              {toPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"enableDefaultDeny":{"ingress":false},"ingressDeny":[{"fromCIDR":["10.11.3.5/32"]}]}}`), ""},
		"a clusterwide default deny for nobody but DNS":    {fromPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toEntities":["cluster"],"toPorts":[{"ports":[{"port":"53"}]}]}]}}`, "8080"), "XV-K08"},
	} {
		evidence := healthy()
		fault.put(&evidence)
		if first, _ := First(Walk(evidence)); first.Code != fault.code {
			t.Errorf("%s: the first that fails is %q (%s), want %q", name, first.Code, first.Said, fault.code)
		}
	}
}
