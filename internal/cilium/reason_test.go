package cilium

import (
	"testing"

	api "github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestReasonsAndPolicyAreSpelledAsInTheAPI(t *testing.T) {
	for reason, inAPI := range map[Reason]string{
		ReasonNotRequired:             api.ReasonNotRequired,
		ReasonConfigured:              api.ReasonConfigured,
		ReasonCollateralRoutes:        api.ReasonCollateralRoutes,
		ReasonNoSafeCIDR:              api.ReasonNoSafeCIDR,
		ReasonPodAddressesNotRoutable: api.ReasonPodAddressesNotRoutable,
		ReasonManagedElsewhere:        api.ReasonManagedElsewhere,
		ReasonOverridesBlocked:        api.ReasonOverridesBlocked,
		ReasonCiliumNotFound:          api.ReasonCiliumNotFound,
		ReasonObserveOnly:             api.ReasonObserveOnly,
		ReasonManual:                  api.ReasonManual,
		ReasonReverted:                api.ReasonReverted,
		ReasonStrategyInsufficient:    api.ReasonStrategyInsufficient,
		ReasonMissing:                 api.ReasonMissing,
		ReasonClusterNotResolved:      api.ReasonClusterNotResolved,
		ReasonUpToDate:                api.ReasonUpToDate,
		ReasonEvidenceLost:            api.ReasonEvidenceLost,
	} {
		if string(reason) != inAPI {
			t.Errorf("%s is %s in the API", reason, inAPI)
		}
	}
	for own, inAPI := range map[string]string{
		string(StrategyAuto):              string(api.CiliumAuto),
		string(StrategyNativeRoutingCIDR): string(api.CiliumNativeRoutingCIDR),
		string(StrategyIPMasqAgent):       string(api.CiliumIPMasqAgent),
		string(StrategyNone):              string(api.CiliumNone),
		string(WriteToNodeConfig):         string(api.WriteCiliumNodeConfig),
		string(WriteToConfigMap):          string(api.WriteConfigMap),
		string(WriteToManual):             string(api.WriteManual),
	} {
		if own != inAPI {
			t.Errorf("%s is %s in the API", own, inAPI)
		}
	}
}
