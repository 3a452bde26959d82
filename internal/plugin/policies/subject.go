package policies

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Direction is which way connections are opened, from the pod's view.
type Direction = networkingv1.PolicyType

// The two of them.
const (
	Egress  = networkingv1.PolicyTypeEgress
	Ingress = networkingv1.PolicyTypeIngress
)

// Kinds of policies.
const (
	KindKubernetes  = "NetworkPolicy"
	KindCilium      = "CiliumNetworkPolicy"
	KindClusterwide = "CiliumClusterwideNetworkPolicy"
	// KindGroup is no policy: policies name its blocks.
	KindGroup = "CiliumCIDRGroup"
	// KindGateway sends packets to another node, and KindNode is the pod's, which it may select by.
	KindGateway = "CiliumEgressGatewayPolicy"
	KindNode    = "Node"
)

// Subject is a pod, and what was read of the policies that may select it.
type Subject struct {
	Pod *corev1.Pod
	// Namespace it is in, for policies that select by its labels; nil: it could not be read.
	Namespace *corev1.Namespace
	// Kubernetes are the NetworkPolicies of its namespace.
	Kubernetes []networkingv1.NetworkPolicy
	// Cilium are the CiliumNetworkPolicies of its namespace, and all CiliumClusterwideNetworkPolicies.
	Cilium []CiliumPolicy
	// Groups are the CiliumCIDRGroups that policies name.
	Groups []cilium.CIDRGroup
	// Gateways are the CiliumEgressGatewayPolicies, and NodeLabels those of the pod's node, which they may select by.
	Gateways   []cilium.EgressPolicy
	NodeLabels map[string]string
	// Admin are the policies of administrators.
	Admin []AdminPolicy
	// Mesh is why Cilium may know the peer's pods from a cluster mesh; empty: it does not. There they are endpoints: blocks do
	// not select them, and selectors of pods may (docs.cilium.io, Cluster Mesh, Network Policy: up to 1.18 they do by default).
	Mesh string
	// Read are the objects of others' kinds as they were read, for who wants to see all of them.
	Read []unstructured.Unstructured
	// Unread is why a kind of policies could not be read.
	Unread map[string]string
}

// Rules are those of all policies that select the pod.
func (s Subject) Rules(direction Direction) []Rule {
	var rules []Rule
	for i := range s.Kubernetes {
		rules = append(rules, s.kubernetes(&s.Kubernetes[i], direction)...)
	}
	for i := range s.Cilium {
		rules = append(rules, s.cilium(&s.Cilium[i], direction)...)
	}
	return rules
}

// names are the policies of rules, each once.
func names(rules []Rule) []string {
	var all []string
	for _, rule := range rules {
		if !slices.Contains(all, rule.Name) {
			all = append(all, rule.Name)
		}
	}
	return all
}
