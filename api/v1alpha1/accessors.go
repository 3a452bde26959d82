package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// StatusConditions points at status.conditions.
func (p *VPCPeering) StatusConditions() *[]metav1.Condition { return &p.Status.Conditions }

// SetObservedGeneration writes status.observedGeneration.
func (p *VPCPeering) SetObservedGeneration(generation int64) {
	p.Status.ObservedGeneration = generation
}

// StatusConditions points at status.conditions.
func (c *PeeredCluster) StatusConditions() *[]metav1.Condition { return &c.Status.Conditions }

// SetObservedGeneration writes status.observedGeneration.
func (c *PeeredCluster) SetObservedGeneration(generation int64) {
	c.Status.ObservedGeneration = generation
}

// StatusConditions points at status.conditions.
func (i *AWSIdentity) StatusConditions() *[]metav1.Condition { return &i.Status.Conditions }

// SetObservedGeneration writes status.observedGeneration.
func (i *AWSIdentity) SetObservedGeneration(generation int64) {
	i.Status.ObservedGeneration = generation
}
