package object

import (
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// RefusedAsDeleting reports whether a VPCPeering was told that something it names is being
// deleted: unless it is pinned to that, it does not hold the deletion.
func RefusedAsDeleting(peering *v1alpha1.VPCPeering) bool {
	found := meta.FindStatusCondition(peering.Status.Conditions, v1alpha1.ConditionIdentitiesReady)
	return found != nil && found.Reason == v1alpha1.ReasonBeingDeleted
}
