package peeredcluster

import (
	"cmp"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// pin is where the cluster is known to be, whatever its nodes say (A12): by its spec,
// by what status has, and by what EKS says of the VPC.
func (s *subject) pin(vpcOfEKS string) cilium.Pin {
	spec, status := s.Object.Spec, s.Object.Status
	var primary netip.Prefix
	if blocks := prefixes(status.CIDRBlocks); len(blocks) > 0 && status.VPCID != "" {
		primary = blocks[0] // the primary comes first
	}
	return cilium.Pin{
		Primary: primary,
		Region:  string(cmp.Or(spec.Region, eksRegion(spec), status.Region)),
		VPCID:   string(cmp.Or(spec.VPCID, status.VPCID, v1alpha1.VPCID(vpcOfEKS))),
	}
}

func eksRegion(spec v1alpha1.PeeredClusterSpec) v1alpha1.Region {
	if spec.Access.EKS == nil {
		return ""
	}
	return spec.Access.EKS.Region
}

// checkPlace refuses a spec that would move the cluster (A12), and access by kubeconfig, or by any
// other way that proves nothing, without a place: whoever has that cluster would say where in AWS
// crossvpc acts for it.
func (s *subject) checkPlace(pin cilium.Pin) (refused *verdict.Verdict) {
	spec, status := s.Object.Spec, s.Object.Status
	for _, place := range []struct{ was, now, field string }{
		{string(status.Region), string(spec.Region), "spec.region"},
		{string(status.Region), string(eksRegion(spec)), "spec.access.eks.region"},
		{string(status.VPCID), string(spec.VPCID), "spec.vpcID"},
	} {
		if place.was != "" && place.now != "" && place.was != place.now {
			return new(verdict.Newf(verdict.Stalled, v1alpha1.ReasonResolvedSideChanged,
				"The cluster was resolved to %s, and %s now says %s. Nothing is done until both agree. Undo the change, or delete this PeeredCluster and create another.",
				place.was, place.field, place.now))
		}
	}
	if eks := eksRegion(spec); eks != "" && spec.Region != "" && spec.Region != eks {
		return new(verdict.Newf(verdict.Stalled, v1alpha1.ReasonSideMismatch,
			"spec.region says %s, and spec.access.eks.region says %s. A cluster is in one region: correct one of them.", spec.Region, eks))
	}
	if spec.Access.Local == nil && spec.Access.EKS == nil && (pin.Region == "" || pin.VPCID == "") {
		return new(verdict.New(verdict.Stalled, v1alpha1.ReasonPlaceRequired,
			"Access by kubeconfig needs spec.region and spec.vpcID, because what the cluster itself says of its place proves nothing. Set both."))
	}
	return nil
}
