package vpcpeering

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Preview looks at an object as a reconciliation in mode Plan does, and fills its status: the plan, and the conditions
// that say what blocks it. AWS is read and never written to; status is written by the reconciler's client.
func (r *Reconciler) Preview(ctx context.Context, object *v1alpha1.VPCPeering) error {
	object.Spec.Mode, object.Spec.ApprovedPlan = v1alpha1.ModePlan, ""
	object.Status.Plan = nil // that of an earlier reconciliation is none of this spec
	_, err := r.reconcile(ctx, object)
	return err
}
