package policies

import (
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// CiliumPolicy is what is needed of a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy (cilium.io/v2): no code of
// Cilium is linked (docs/decisions/0010-no-code-of-cilium-in-the-manager.md). The fields are those of pkg/policy/api/rule.go.
type CiliumPolicy struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              *ciliumRule  `json:"spec"`
	Specs             []ciliumRule `json:"specs"`
}

type ciliumRule struct {
	EndpointSelector  *metav1.LabelSelector `json:"endpointSelector"`
	Ingress           []ciliumEntry         `json:"ingress"`
	IngressDeny       []ciliumEntry         `json:"ingressDeny"`
	Egress            []ciliumEntry         `json:"egress"`
	EgressDeny        []ciliumEntry         `json:"egressDeny"`
	EnableDefaultDeny struct {
		Ingress, Egress *bool
	} `json:"enableDefaultDeny"`
}

// ciliumEntry has the peers of both directions: those of the other one are empty.
type ciliumEntry struct {
	FromEndpoints  []metav1.LabelSelector `json:"fromEndpoints"`
	FromNodes      []metav1.LabelSelector `json:"fromNodes"`
	FromCIDR       []string               `json:"fromCIDR"`
	FromCIDRSet    []ciliumBlock          `json:"fromCIDRSet"`
	FromEntities   []string               `json:"fromEntities"`
	FromGroups     []any                  `json:"fromGroups"`
	FromRequires   []any                  `json:"fromRequires"`
	ToEndpoints    []metav1.LabelSelector `json:"toEndpoints"`
	ToNodes        []metav1.LabelSelector `json:"toNodes"`
	ToCIDR         []string               `json:"toCIDR"`
	ToCIDRSet      []ciliumBlock          `json:"toCIDRSet"`
	ToEntities     []string               `json:"toEntities"`
	ToGroups       []any                  `json:"toGroups"`
	ToRequires     []any                  `json:"toRequires"`
	ToServices     []any                  `json:"toServices"`
	ToFQDNs        []any                  `json:"toFQDNs"`
	ToPorts        []ciliumPorts          `json:"toPorts"`
	ICMPs          []any                  `json:"icmps"`
	Authentication *struct{ Mode string } `json:"authentication"`
}

type ciliumBlock struct {
	CIDR              string                `json:"cidr"`
	CIDRGroupRef      string                `json:"cidrGroupRef"`
	CIDRGroupSelector *metav1.LabelSelector `json:"cidrGroupSelector"`
	Except            []string              `json:"except"`
}

type ciliumPorts struct {
	Ports []struct {
		Port     string `json:"port"`
		EndPort  int32  `json:"endPort"`
		Protocol string `json:"protocol"`
	} `json:"ports"`
	Rules       map[string]any `json:"rules"`
	Listener    any            `json:"listener"`
	ServerNames []string       `json:"serverNames"`
}

// CiliumFromUnstructured reads an object as the API server returns it. JSON tells an empty list, which names nothing, from
// none, which names everything.
func CiliumFromUnstructured(object *unstructured.Unstructured) (CiliumPolicy, error) {
	var policy CiliumPolicy
	content, err := object.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(content, &policy)
	}
	if err != nil {
		return CiliumPolicy{}, fmt.Errorf("reading %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return policy, nil
}
