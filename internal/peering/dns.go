package peering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// DNSPlan is what to do about the DNS options.
type DNSPlan struct {
	verdict.Verdict
	Actions []Action
}

// PlanDNS compares each side's DNS option with the spec. On an adopted
// connection an option is only ever turned on: turning off what somebody else
// turned on is not ours to do.
func PlanDNS(request Request, snapshot Snapshot, connection ConnectionPlan) DNSPlan {
	var plan DNSPlan
	for _, role := range Roles() {
		want := request.side(role).DNSResolution == v1alpha1.DNSEnabled
		have := dnsOption(request, snapshot, role, connection.ID)
		if want == have || !want && connection.Adopted {
			continue
		}
		plan.Actions = append(plan.Actions, SetDNSResolution{On: role, ConnectionID: connection.ID, Enabled: want})
	}
	switch {
	case len(plan.Actions) > 0:
		plan.Verdict = verdict.New(verdict.Act, v1alpha1.ReasonProgressing, "still to do: "+plan.Actions[0].String())
	case request.WantsDNS():
		plan.Verdict = verdict.New(verdict.Done, v1alpha1.ReasonInPlace, "the DNS options are as asked")
	default:
		plan.Verdict = verdict.New(verdict.Done, v1alpha1.ReasonNotRequired, "dnsResolution is Disabled on both sides")
	}
	return plan
}

// dnsOption reads the side's own option in its own view.
func dnsOption(request Request, snapshot Snapshot, role Role, id string) bool {
	view := snapshot.At(role).connection(id)
	if view == nil {
		return false
	}
	end := view.Requester
	if view.Accepter.VPC == request.Sides.At(role).VPC {
		end = view.Accepter
	}
	return end.DNSResolution != nil && *end.DNSResolution
}
