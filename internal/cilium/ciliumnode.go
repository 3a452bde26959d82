package cilium

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// CiliumNode is the part of a CiliumNode (cilium.io/v2) that tells where a node
// and its pods are in AWS. The names are the same from 1.15 to 1.20.
type CiliumNode struct { //nolint:revive // the kind is called so
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		InstanceID string  `json:"instance-id"`
		ENI        ENISpec `json:"eni"`
	} `json:"spec"`
	Status struct {
		ENI struct {
			ENIs map[string]ENI `json:"enis"`
		} `json:"eni"`
	} `json:"status"`
}

// ENISpec is what the agent reads from the instance's metadata.
type ENISpec struct {
	VPCID               string            `json:"vpc-id"`
	AvailabilityZone    string            `json:"availability-zone"`
	NodeSubnetID        string            `json:"node-subnet-id"`
	FirstInterfaceIndex int               `json:"first-interface-index"`
	SecurityGroups      []string          `json:"security-groups"`
	ExcludeTags         map[string]string `json:"exclude-interface-tags"`
}

// ENI is an interface of the node, as Cilium's operator last saw it.
type ENI struct {
	ID string `json:"id"`
	// Number is the device index; it is left out for 0, the interface of the node itself.
	Number int `json:"number"`
	Subnet struct {
		ID   string `json:"id"`
		CIDR string `json:"cidr"`
	} `json:"subnet"`
	VPC struct {
		ID          string `json:"id"`
		PrimaryCIDR string `json:"primary-cidr"`
		// CIDRs are the secondary blocks, in whatever state of association.
		CIDRs []string `json:"cidrs"`
	} `json:"vpc"`
	SecurityGroups []string          `json:"security-groups"`
	Tags           map[string]string `json:"tags"`
	// Addresses of pods, and Prefixes (/28) that pods have addresses from.
	Addresses []string `json:"addresses"`
	Prefixes  []string `json:"prefixes"`
}

// CiliumNodeFromUnstructured reads an object as the API server returns it.
func CiliumNodeFromUnstructured(object *unstructured.Unstructured) (CiliumNode, error) { //nolint:revive // the kind is called so
	var node CiliumNode
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &node); err != nil {
		return CiliumNode{}, fmt.Errorf("reading CiliumNode %s: %w", object.GetName(), err)
	}
	return node, nil
}

// carriesPods is false for interfaces that Cilium is told to leave alone (IsExcludedBySpec in pkg/aws/types and Tags.Match
// in pkg/ipam/types of cilium): their number is too low, or they have every one of the tags, also those with an empty value.
func (n CiliumNode) carriesPods(eni ENI) bool {
	if eni.Number < n.Spec.ENI.FirstInterfaceIndex {
		return false
	}
	for key, value := range n.Spec.ENI.ExcludeTags {
		if found, tagged := eni.Tags[key]; !tagged || found != value {
			return true
		}
	}
	return len(n.Spec.ENI.ExcludeTags) == 0
}
