package peeredcluster

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Ways for a value to get to the agents, as status.cilium.backend shows them.
const (
	backendNodeConfig  = "CiliumNodeConfig"
	backendConfigMap   = "ConfigMap"
	backendManual      = "Manual"
	backendIPMasqAgent = "IPMasqAgent"
	backendAWSNode     = "AWSNode"
)

// backend is where this decision is written, or would be if nothing stood in the way.
func (p *pass) backend() string {
	spec, facts := p.object.Spec.Cilium, p.observed.Facts
	switch {
	case p.decision.Kind == cilium.KindNotRequired, p.decision.Kind == cilium.KindPodAddressesNotRoutable:
		return ""
	case spec.WriteTo == v1alpha1.WriteManual, p.decision.SetByOthers:
		return backendManual
	case facts.RoutedByAWSNode():
		return backendAWSNode
	case !facts.Found:
		return ""
	case spec.Strategy == v1alpha1.CiliumIPMasqAgent:
		return backendIPMasqAgent
	case spec.WriteTo == v1alpha1.WriteConfigMap:
		return backendConfigMap
	default:
		return backendNodeConfig
	}
}
