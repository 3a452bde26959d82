package diagnosis

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
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
	return policies(e.From, e.To, networkingv1.PolicyTypeEgress, func(policy networkingv1.NetworkPolicy) (to [][]networkingv1.NetworkPolicyPeer) {
		for _, rule := range policy.Spec.Egress {
			to = append(to, rule.To)
		}
		return to
	})
}

func ingress(e Evidence) result {
	return policies(e.To, e.From, networkingv1.PolicyTypeIngress, func(policy networkingv1.NetworkPolicy) (from [][]networkingv1.NetworkPolicyPeer) {
		for _, rule := range policy.Spec.Ingress {
			from = append(from, rule.From)
		}
		return from
	})
}

// policies asks whether the policies that select the pod admit the peer, all of them together. A pod that none selects is open,
// and what one admits no other takes back (https://kubernetes.io/docs/concepts/services-networking/network-policies). Ports are
// not looked at.
func policies(own, peer End, kind networkingv1.PolicyType, rules func(networkingv1.NetworkPolicy) [][]networkingv1.NetworkPolicyPeer) result {
	if own.Pod == nil {
		return holds("No pod was named.")
	}
	var selecting []string
	var admitted []netip.Prefix
	for _, policy := range own.Policies {
		if selects(policy, own.Pod, kind) {
			selecting = append(selecting, policy.Name)
			for _, peers := range rules(policy) {
				admitted = append(admitted, admits(peers)...)
			}
		}
	}
	switch {
	case len(selecting) == 0:
		return holds("No NetworkPolicy selects the pod for %s.", kind)
	case cidr.ContainsAll(cidr.Union(admitted), peer.addresses()):
		return holds("The NetworkPolicies that select the pod admit it (%s).", message.List(selecting))
	}
	return fails("NetworkPolicies of namespace %s select pod %s for %s (%s), and admit %s by no ipBlock, or not all of it. Add one: a podSelector matches no pod of another cluster.",
		own.Pod.Namespace, own.Pod.Name, kind, message.List(selecting), peer.Name)
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

// admits are the addresses that a rule's peers cover: everything without peers, and nothing of another cluster by a podSelector.
func admits(peers []networkingv1.NetworkPolicyPeer) []netip.Prefix {
	if len(peers) == 0 {
		return []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	}
	var all []netip.Prefix
	for _, peer := range peers {
		if peer.IPBlock != nil {
			all = append(all, cidr.Difference(parsed(peer.IPBlock.CIDR), parsed(peer.IPBlock.Except...))...)
		}
	}
	return all
}
