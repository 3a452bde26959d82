package peering

import "github.com/crossvpc/crossvpc/api/v1alpha1"

// SpecHeld reports whether nothing may follow from what the spec of a VPCPeering says now: the mode is Plan, or the plan that
// is approved is not, or not yet, carried out for this spec. What the clusters cover stays as it is until then. A deletion
// needs no approval.
func SpecHeld(object *v1alpha1.VPCPeering) bool {
	switch {
	case !object.DeletionTimestamp.IsZero():
		return false
	case object.Spec.ApprovedPlan == "":
		return object.Spec.Mode == v1alpha1.ModePlan
	}
	approval := object.Status.Approval
	return approval == nil || approval.Hash != object.Spec.ApprovedPlan || approval.CarriedOutFor != SpecDigest(object.Spec)
}
