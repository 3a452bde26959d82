package clusterview

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// ReadEgressPolicies reads the CiliumEgressGatewayPolicies, where Cilium has that feature. Unseen says that they may not
// be read, as with the rights of an earlier release; empty: they may.
func (v *View) ReadEgressPolicies(ctx context.Context, kube client.Client) (policies []cilium.EgressPolicy, unseen string, err error) {
	list := cilium.ListOf("CiliumEgressGatewayPolicy", "v2")
	err = kube.List(ctx, list)
	switch {
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err):
		return nil, "", nil
	case apierrors.IsForbidden(err):
		return nil, "CiliumEgressGatewayPolicies, so it does not see which pods reach peers through a gateway", nil
	case err != nil:
		return nil, "", fmt.Errorf("listing CiliumEgressGatewayPolicies: %w", err)
	}
	for i := range list.Items {
		policy, err := cilium.EgressPolicyFromUnstructured(&list.Items[i])
		if err != nil {
			return nil, "", err
		}
		policies = append(policies, policy)
	}
	return policies, "", nil
}
