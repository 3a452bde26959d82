package cilium

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// EgressPolicy is a CiliumEgressGatewayPolicy (cilium.io/v2): what the pods that it selects send to some blocks leaves by a
// gateway node, with that node's address.
type EgressPolicy struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Selectors        []EgressSelector `json:"selectors"`
		DestinationCIDRs []string         `json:"destinationCIDRs"`
		ExcludedCIDRs    []string         `json:"excludedCIDRs"`
	} `json:"spec"`
}

// EgressSelector selects pods, by their labels and those of their namespace, and by their node.
type EgressSelector struct {
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector"`
	PodSelector       *metav1.LabelSelector `json:"podSelector"`
	NodeSelector      *metav1.LabelSelector `json:"nodeSelector"`
}

// EgressPolicyFromUnstructured reads an object as the API server returns it.
func EgressPolicyFromUnstructured(object *unstructured.Unstructured) (EgressPolicy, error) {
	var policy EgressPolicy
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &policy); err != nil {
		return EgressPolicy{}, fmt.Errorf("reading CiliumEgressGatewayPolicy %s: %w", object.GetName(), err)
	}
	return policy, nil
}

// Endpoint is a pod as policies select it.
type Endpoint struct {
	Namespace string
	// Labels of the pod, and NodeLabels of its node.
	Labels, NodeLabels map[string]string
}

// EndpointsOf are the pods that policies can select: those with addresses of their own that have not ended.
func EndpointsOf(pods []corev1.Pod, nodes []corev1.Node) []Endpoint {
	nodeLabels := map[string]map[string]string{}
	for i := range nodes {
		nodeLabels[nodes[i].Name] = nodes[i].Labels
	}
	var endpoints []Endpoint
	for i := range pods {
		if pod := &pods[i]; !pod.Spec.HostNetwork && !finished(pod.Status.Phase) {
			endpoints = append(endpoints, Endpoint{Namespace: pod.Namespace, Labels: pod.Labels, NodeLabels: nodeLabels[pod.Spec.NodeName]})
		}
	}
	return endpoints
}

// gatewayRemark names the policies by which pods reach peers with a gateway's address instead of their own. It comes before
// every routing option (docs/facts/cilium.md#what-a-wide-value-costs).
func (in Input) gatewayRemark() string {
	var remarks []string
	for _, policy := range in.EgressPolicies {
		taken := policy.takes(in.allPeerBlocks())
		if len(taken) == 0 || !slices.ContainsFunc(in.Endpoints, policy.selects) {
			continue
		}
		remarks = append(remarks, fmt.Sprintf(" CiliumEgressGatewayPolicy %s sends what the pods that it selects send to %s through its gateway, with the gateway's address. Add these blocks to its excludedCIDRs.",
			policy.Metadata.Name, shortList(taken)))
	}
	if more := len(remarks) - mostRemarks; more > 0 {
		remarks = append(remarks[:mostRemarks], fmt.Sprintf(" So do %s.", message.Count(more, "more CiliumEgressGatewayPolicy")))
	}
	return strings.Join(remarks, "")
}

// mostRemarks bounds how many policies a message names.
const mostRemarks = 3

// Takes is which of the blocks the policy sends to its gateway when that pod sends to them, as far as selectors are known.
func (p EgressPolicy) Takes(pod Endpoint, blocks []netip.Prefix) []netip.Prefix {
	if !p.selects(pod) {
		return nil
	}
	return p.takes(blocks)
}

// ByNode reports whether the labels of nodes decide, too.
func (p EgressPolicy) ByNode() bool {
	return slices.ContainsFunc(p.Spec.Selectors, func(s EgressSelector) bool { return s.NodeSelector != nil })
}

// takes is which of the blocks the policy covers and does not exclude. Cilium refuses a policy with a block that it cannot
// read, or with a selector of neither pods nor namespaces (ParseCEGP in pkg/egressgateway of cilium).
func (p EgressPolicy) takes(blocks []netip.Prefix) []netip.Prefix {
	destinations, err := parsePrefixes(p.Spec.DestinationCIDRs)
	excluded, excludedErr := parsePrefixes(p.Spec.ExcludedCIDRs)
	ofNobody := slices.ContainsFunc(p.Spec.Selectors, func(s EgressSelector) bool { return s.PodSelector == nil && s.NamespaceSelector == nil })
	if err != nil || excludedErr != nil || ofNobody {
		return nil
	}
	return cidr.Intersection(blocks, cidr.Difference(destinations, excluded))
}

func parsePrefixes(list []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range list {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// selects: some selector names the pod, and, where any names nodes, some names its node (matchesEndpointLabels and
// matchesNodeLabels in pkg/egressgateway/policy.go of cilium).
func (p EgressPolicy) selects(pod Endpoint) bool {
	named, byNode, onNode := false, false, false
	for _, selector := range p.Spec.Selectors {
		if selector.NodeSelector != nil {
			byNode = true
			onNode = onNode || maySelect(selector.NodeSelector, pod.NodeLabels, nil)
		}
		if selector.NamespaceSelector != nil || selector.PodSelector != nil {
			known := map[string]string{corev1.LabelMetadataName: pod.Namespace}
			onlyKnown := func(key string) bool { return key == corev1.LabelMetadataName }
			named = named || maySelect(selector.PodSelector, pod.ciliumLabels(), podLabel) && maySelect(selector.NamespaceSelector, known, onlyKnown)
		}
	}
	return named && (onNode || !byNode)
}

// podNamespaceLabel is what Cilium calls the namespace of a pod, among its labels.
const podNamespaceLabel = "io.kubernetes.pod.namespace"

func (e Endpoint) ciliumLabels() map[string]string {
	all := map[string]string{podNamespaceLabel: e.Namespace}
	maps.Copy(all, e.Labels)
	return all
}

// podLabel reports whether a label that a pod lacks is one that it does not have, and none that Cilium gives it.
func podLabel(key string) bool {
	return key == podNamespaceLabel || !strings.HasPrefix(key, "io.cilium.k8s.") && !strings.HasPrefix(key, "io.kubernetes.")
}

// maySelect is true where a selector matches as far as that is known: namespaces are not read, nor the labels that Cilium
// makes of them and of service accounts. nil selects everything.
func maySelect(selector *metav1.LabelSelector, set map[string]string, known func(key string) bool) bool {
	if selector == nil {
		return true
	}
	parsed, err := metav1.LabelSelectorAsSelector(withoutSource(selector))
	if err != nil {
		return false
	}
	requirements, _ := parsed.Requirements()
	return !slices.ContainsFunc(requirements, func(r labels.Requirement) bool {
		return (known == nil || known(r.Key())) && !r.Matches(labels.Set(set))
	})
}

// withoutSource drops what Cilium puts before the key of a label to say where it comes from.
func withoutSource(selector *metav1.LabelSelector) *metav1.LabelSelector {
	bare := func(key string) string {
		for _, source := range []string{"k8s:", "any:"} {
			key = strings.TrimPrefix(key, source)
		}
		return key
	}
	plain := selector.DeepCopy()
	plain.MatchLabels = map[string]string{}
	for key, value := range selector.MatchLabels {
		plain.MatchLabels[bare(key)] = value
	}
	for i := range plain.MatchExpressions {
		plain.MatchExpressions[i].Key = bare(plain.MatchExpressions[i].Key)
	}
	return plain
}
