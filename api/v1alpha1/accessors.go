package v1alpha1

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// StatusValue points at status, whatever its type.
func (p *VPCPeering) StatusValue() any { return &p.Status }

// StatusConditions points at status.conditions.
func (p *VPCPeering) StatusConditions() *[]metav1.Condition { return &p.Status.Conditions }

// SetObservedGeneration writes status.observedGeneration.
func (p *VPCPeering) SetObservedGeneration(generation int64) {
	p.Status.ObservedGeneration = generation
}

// StatusValue points at status, whatever its type.
func (c *PeeredCluster) StatusValue() any { return &c.Status }

// StatusConditions points at status.conditions.
func (c *PeeredCluster) StatusConditions() *[]metav1.Condition { return &c.Status.Conditions }

// SetObservedGeneration writes status.observedGeneration.
func (c *PeeredCluster) SetObservedGeneration(generation int64) {
	c.Status.ObservedGeneration = generation
}

// CiliumNamespace is where Cilium is read: where something is set, for as long as it is, and else where the spec says.
func (c *PeeredCluster) CiliumNamespace() string {
	if cilium := c.Status.Cilium; cilium != nil && cilium.Namespace != "" {
		return cilium.Namespace
	}
	return c.Spec.Cilium.Namespace
}

// StatusValue points at status, whatever its type.
func (i *AWSIdentity) StatusValue() any { return &i.Status }

// StatusConditions points at status.conditions.
func (i *AWSIdentity) StatusConditions() *[]metav1.Condition { return &i.Status.Conditions }

// SetObservedGeneration writes status.observedGeneration.
func (i *AWSIdentity) SetObservedGeneration(generation int64) {
	i.Status.ObservedGeneration = generation
}

// Admits reports whether a namespace with these labels may refer to the object;
// by default none may. The error says what is wrong with the selector; it admits
// nobody then.
func (a AllowedNamespaces) Admits(namespace string, namespaceLabels map[string]string) (bool, error) {
	if slices.Contains(a.Names, namespace) {
		return true, nil
	}
	if a.Selector == nil {
		return false, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(a.Selector)
	if err != nil {
		return false, fmt.Errorf("allowedNamespaces.selector must be a valid label selector: %w", err)
	}
	return selector.Matches(labels.Set(namespaceLabels)), nil
}
