package diagnosis

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// source and destination are the two ends of the evidence.
func source(e Evidence) End      { return e.From }
func destination(e Evidence) End { return e.To }

// podRuns looks at the pod of an end, where one was named.
func podRuns(end func(Evidence) End) func(Evidence) result {
	return func(e Evidence) result {
		pod := end(e).Pod
		switch {
		case pod == nil:
			return holds("No pod was named.")
		case pod.Status.Phase != corev1.PodRunning || pod.Status.PodIP == "":
			return fails("Pod %s/%s is %s and has no address that answers. Name one that runs.", pod.Namespace, pod.Name, pod.Status.Phase)
		case pod.Spec.HostNetwork:
			return fails("Pod %s/%s is on its node's network, so it says nothing about pods: a node gets through where pods fail. Name one that is not.", pod.Namespace, pod.Name)
		}
		return holds("Pod %s/%s has %s on node %s.", pod.Namespace, pod.Name, pod.Status.PodIP, pod.Spec.NodeName)
	}
}

func egress(e Evidence) result {
	return policies(e.From, e.To, networkingv1.PolicyTypeEgress, func(policy networkingv1.NetworkPolicy) []networkingv1.NetworkPolicyPeer {
		var peers []networkingv1.NetworkPolicyPeer
		for _, rule := range policy.Spec.Egress {
			peers = append(peers, orAnyone(rule.To)...)
		}
		return peers
	})
}

func ingress(e Evidence) result {
	return policies(e.To, e.From, networkingv1.PolicyTypeIngress, func(policy networkingv1.NetworkPolicy) []networkingv1.NetworkPolicyPeer {
		var peers []networkingv1.NetworkPolicyPeer
		for _, rule := range policy.Spec.Ingress {
			peers = append(peers, orAnyone(rule.From)...)
		}
		return peers
	})
}

// orAnyone: everyone is what a rule without peers admits.
func orAnyone(peers []networkingv1.NetworkPolicyPeer) []networkingv1.NetworkPolicyPeer {
	if len(peers) > 0 {
		return peers
	}
	return []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}}, {IPBlock: &networkingv1.IPBlock{CIDR: "::/0"}}}
}

// policies asks whether the policies that select the pod admit the peer. A pod that none selects is open, and what one admits no
// other takes back (https://kubernetes.io/docs/concepts/services-networking/network-policies). Ports are not looked at.
func policies(own, peer End, kind networkingv1.PolicyType, peers func(networkingv1.NetworkPolicy) []networkingv1.NetworkPolicyPeer) result {
	if own.Pod == nil {
		return holds("No pod was named.")
	}
	var selecting []string
	for _, policy := range own.Policies {
		if !selects(policy, own.Pod, kind) {
			continue
		}
		selecting = append(selecting, policy.Name)
		if slices.ContainsFunc(peers(policy), func(p networkingv1.NetworkPolicyPeer) bool { return admits(p, peer) }) {
			return holds("NetworkPolicy %s admits it.", policy.Name)
		}
	}
	if len(selecting) == 0 {
		return holds("No NetworkPolicy selects the pod for %s.", kind)
	}
	return fails("NetworkPolicies of namespace %s select pod %s for %s (%v), and none admits %s by an ipBlock. Add one: a podSelector matches no pod of another cluster.",
		own.Pod.Namespace, own.Pod.Name, kind, selecting, peer.Name)
}

// selects follows the API: without policyTypes a policy is for Ingress, and for Egress where it has such rules.
func selects(policy networkingv1.NetworkPolicy, pod *corev1.Pod, kind networkingv1.PolicyType) bool {
	types := policy.Spec.PolicyTypes
	if len(types) == 0 {
		types = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(policy.Spec.Egress) > 0 {
			types = append(types, networkingv1.PolicyTypeEgress)
		}
	}
	selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
	return err == nil && slices.Contains(types, kind) && selector.Matches(labels.Set(pod.Labels))
}

// admits reports whether a rule's peer covers the other end: its address, or all of its blocks.
func admits(peer networkingv1.NetworkPolicyPeer, end End) bool {
	if peer.IPBlock == nil {
		return false
	}
	block, err := netip.ParsePrefix(peer.IPBlock.CIDR)
	if err != nil {
		return false
	}
	wanted := end.blocks()
	if end.Address.IsValid() {
		wanted = []netip.Prefix{netip.PrefixFrom(end.Address, end.Address.BitLen())}
	}
	for _, one := range wanted {
		if one.Bits() < block.Bits() || !block.Contains(one.Addr()) || slices.ContainsFunc(peer.IPBlock.Except, func(except string) bool { return overlaps(except, one) }) {
			return false
		}
	}
	return len(wanted) > 0
}

func overlaps(text string, with netip.Prefix) bool {
	block, err := netip.ParsePrefix(text)
	return err == nil && block.Overlaps(with)
}
