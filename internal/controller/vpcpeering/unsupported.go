package vpcpeering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// unsupported refuses what a later release brings, instead of ignoring it.
func unsupported(object *v1alpha1.VPCPeering) refusal {
	if object.Spec.Verification != nil && object.Spec.Verification.Enabled {
		return refuse(peering.Stalled, v1alpha1.ReasonNotYetSupported,
			"verification.enabled is not supported by this release: leave it out; nothing was done")
	}
	return nil
}
