package awsidentity

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// dropAdmissions drops what is recorded of VPCPeerings that are gone. They do it themselves in the end;
// not so those whose finalizer somebody removed.
func (r *Reconciler) dropAdmissions(ctx context.Context, identity *v1alpha1.AWSIdentity) error {
	if len(identity.Status.Admissions) == 0 {
		return nil
	}
	var peerings v1alpha1.VPCPeeringList
	if err := r.List(ctx, &peerings, client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("listing VPCPeerings: %w", err)
	}
	there := make(map[types.UID]bool, len(peerings.Items))
	for i := range peerings.Items {
		there[peerings.Items[i].UID] = true
	}
	object.KeepAdmissions(&identity.Status, func(uid types.UID) bool { return there[uid] })
	return nil
}
