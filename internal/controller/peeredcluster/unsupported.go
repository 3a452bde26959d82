package peeredcluster

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// unsupported names the field whose behaviour a later release brings; empty: none.
func unsupported(spec v1alpha1.PeeredClusterSpec) string {
	switch {
	case spec.Cilium.Strategy == v1alpha1.CiliumIPMasqAgent:
		return "cilium.strategy: IPMasqAgent"
	case spec.Cilium.WriteTo == v1alpha1.WriteConfigMap, spec.Cilium.WriteTo == v1alpha1.WriteManual:
		return "cilium.writeTo: " + string(spec.Cilium.WriteTo)
	default:
		return ""
	}
}
