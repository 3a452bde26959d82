package policies

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// kubernetes are the rules of a NetworkPolicy. A pod that none selects is open, and what one admits no other takes back
// (https://kubernetes.io/docs/concepts/services-networking/network-policies).
func (s Subject) kubernetes(policy *networkingv1.NetworkPolicy, direction Direction) []Rule {
	if !selects(policy, s.Pod, direction) {
		return nil
	}
	closes := Rule{Kind: KindKubernetes, Name: policy.Name, Closes: true}
	rules := []Rule{closes}
	add := func(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
		rule := closes
		rule.Blocks, rule.Ports = admits(peers), s.ports(ports, direction)
		rules = append(rules, rule)
	}
	if direction == Egress {
		for _, rule := range policy.Spec.Egress {
			add(rule.To, rule.Ports)
		}
		return rules
	}
	for _, rule := range policy.Spec.Ingress {
		add(rule.From, rule.Ports)
	}
	return rules
}

// selects follows the API: without policyTypes a policy is for Ingress, and for Egress where it has such rules.
func selects(policy *networkingv1.NetworkPolicy, pod *corev1.Pod, direction Direction) bool {
	types := policy.Spec.PolicyTypes
	if len(types) == 0 {
		types = []networkingv1.PolicyType{Ingress}
		if len(policy.Spec.Egress) > 0 {
			types = append(types, Egress)
		}
	}
	selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
	return err == nil && slices.Contains(types, direction) && selector.Matches(labels.Set(pod.Labels))
}

// admits are the addresses that a rule's peers cover: everything without peers, and nothing of another cluster by a podSelector.
func admits(peers []networkingv1.NetworkPolicyPeer) []netip.Prefix {
	if len(peers) == 0 {
		return everything()
	}
	var all []netip.Prefix
	for _, peer := range peers {
		if peer.IPBlock != nil {
			all = append(all, cidr.Difference(blocks(peer.IPBlock.CIDR), blocks(peer.IPBlock.Except...))...)
		}
	}
	return all
}

// ports are a rule's: by number, by range, or by the name that the pod's container gives one.
func (s Subject) ports(of []networkingv1.NetworkPolicyPort, direction Direction) []Port {
	var all []Port
	for _, port := range of {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		switch {
		case port.Port == nil:
			all = append(all, Port{Protocol: protocol})
		case port.Port.Type == intstr.String:
			all = append(all, named(s.Pod, direction, port.Port.StrVal, protocol)...)
		case port.EndPort != nil:
			all = append(all, Port{protocol, port.Port.IntVal, *port.EndPort})
		default:
			all = append(all, Port{protocol, port.Port.IntVal, port.Port.IntVal})
		}
	}
	return all
}
