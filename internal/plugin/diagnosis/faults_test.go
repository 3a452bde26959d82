package diagnosis

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// setValue is what a person does about a value: it is set, and the agents have it.
func setValue(end func(*Evidence) *End) func(*Evidence) {
	return func(e *Evidence) {
		cluster := end(e).Cluster
		cluster.Status.Cilium.EffectiveCIDR = "10.0.0.0/8"
		set(&cluster.Status.Conditions, v1alpha1.ConditionCiliumConfigured, metav1.ConditionTrue, "It is so.")
	}
}

// unblock is a rollout that went on.
func unblock(end func(*Evidence) *End) func(*Evidence) {
	return func(e *Evidence) { end(e).Cluster.Status.BlockedNodes = nil }
}

// onThePort adds the port to the rule that admits the peer.
func onThePort(end func(*Evidence) *End) func(*Evidence) {
	return func(e *Evidence) {
		port := networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(8080))}
		for i := range end(e).Policies.Kubernetes {
			spec := &end(e).Policies.Kubernetes[i].Spec
			for r := range spec.Egress {
				spec.Egress[r].Ports = append(spec.Egress[r].Ports, port)
			}
			for r := range spec.Ingress {
				spec.Ingress[r].Ports = append(spec.Ingress[r].Ports, port)
			}
		}
	}
}

// noDenial takes the peer out of what is denied, and admits it.
func noDenial(e *Evidence) {
	e.To.Policies.Cilium = nil
	toPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"ingressDeny":[{"fromCIDR":["192.0.2.0/24"]}],"ingress":[{"fromCIDR":["10.11.0.0/16"]}]}}`)(e)
}

// TestFaultsOfAStrangerAreNamedAndTheirCuresCureThem: what breaks in clusters, written before the checks were read. Those of
// AWS are in internal/plugin/dryrun, where the simulated AWS has them.
func TestFaultsOfAStrangerAreNamedAndTheirCuresCureThem(t *testing.T) {
	range8079 := networkingv1.NetworkPolicyPort{Port: new(intstr.FromInt32(8000)), EndPort: new(int32(8079))}
	for name, fault := range map[string]struct {
		put  func(*Evidence)
		code string
		// cure is what the check says cures it; nil: nothing fails.
		cure func(*Evidence)
	}{
		"the value has half of the peer":                   {func(e *Evidence) { e.From.Cluster.Status.Cilium.EffectiveCIDR = "10.12.0.0/17" }, "XV-S02", setValue(from)},
		"the value has half of the source, at the far end": {func(e *Evidence) { e.To.Cluster.Status.Cilium.EffectiveCIDR = "10.11.128.0/17" }, "XV-B02", setValue(to)},
		"the value is of another owner":                    {clusterDenied(from, v1alpha1.ConditionCiliumConfigured), "XV-S02", setValue(from)},
		"masquerading was turned on": {func(e *Evidence) {
			*e.From.Cluster.Status.Cilium = v1alpha1.CiliumStatus{Masquerade: "BPF", EffectiveCIDR: "10.11.0.0/16"}
		}, "XV-S02", setValue(from)},
		"masquerading was turned on at the far end": {func(e *Evidence) {
			*e.To.Cluster.Status.Cilium = v1alpha1.CiliumStatus{Masquerade: "IPTables", EffectiveCIDR: "10.12.0.0/16"}
		}, "XV-B02", setValue(to)},
		"the node has the value of before":          {blocked(from, "n1"), "XV-S03", unblock(from)},
		"the destination's node has that of before": {blocked(to, "n2"), "XV-B03", unblock(to)},
		"another node has the value of before":      {blocked(from, "n9"), "", nil},
		"the node has no agent any more":            {func(e *Evidence) { e.From.Agent = Agent{Namespace: "kube-system"} }, "XV-S05", func(e *Evidence) { e.From.Agent = running("cilium-9") }},
		"the destination's agent does not start":    {func(e *Evidence) { e.To.Agent.Ready, e.To.Agent.Failing = false, true }, "XV-B04", func(e *Evidence) { e.To.Agent = running("cilium-2") }},
		"egress by the name of a port":              {plainPort(from, "cart", networkingv1.PolicyTypeEgress, "10.12.0.0/16", networkingv1.NetworkPolicyPort{Port: new(intstr.FromString("web"))}), "XV-K05", onThePort(from)},
		"egress to a range that ends one before":    {plainPort(from, "cart", networkingv1.PolicyTypeEgress, "10.12.0.0/16", range8079), "XV-K05", onThePort(from)},
		"ingress to a range that ends one before":   {plainPort(to, "stock", networkingv1.PolicyTypeIngress, "10.11.0.0/16", range8079), "XV-K06", onThePort(to)},
		"a CIDR group with other blocks":            {emptyGroup, "XV-K07", func(e *Evidence) { e.From.Policies.Groups[0].Spec.ExternalCIDRs = []string{"10.12.0.0/16"} }},
		"a clusterwide denial of the source's pod":  {toPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"ingressDeny":[{"fromCIDR":["10.11.3.4/32"]}]}}`), "XV-K10", noDenial},
		"a clusterwide denial of another pod":       {toPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"enableDefaultDeny":{"ingress":false},"ingressDeny":[{"fromCIDR":["10.11.3.5/32"]}]}}`), "", nil},
		"a clusterwide default deny for nobody but DNS": {
			fromPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toEntities":["cluster"],"toPorts":[{"ports":[{"port":"53"}]}]}]}}`, "8080"), "XV-K08",
			fromPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toCIDR":["10.12.0.0/16"]}]}}`, "8080"),
		},
	} {
		evidence := healthy()
		fault.put(&evidence)
		if first, _ := First(Walk(evidence)); first.Code != fault.code {
			t.Errorf("%s: the first that fails is %q (%s), want %q", name, first.Code, first.Said, fault.code)
		}
		if fault.cure == nil {
			continue
		}
		fault.cure(&evidence)
		for _, step := range Walk(evidence) {
			if step.Outcome != Holds {
				t.Errorf("%s, and the cure: %s is %s: %s", name, step.Code, step.Outcome, step.Said)
			}
		}
	}
}
