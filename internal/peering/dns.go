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
	var unread Pair[bool]
	for _, role := range Roles() {
		if snapshot.At(role).Unread.Connections {
			*unread.At(role) = true
			continue
		}
		want := request.side(role).DNSResolution == v1alpha1.DNSEnabled
		have := dnsOption(request, snapshot, role, connection.ID)
		if want == have || !want && connection.Adopted {
			continue
		}
		end := endOf(request, snapshot, role, connection.ID)
		plan.Actions = append(plan.Actions, SetDNSResolution{On: role, End: end, ConnectionID: connection.ID, Enabled: want})
	}
	switch {
	case len(plan.Actions) > 0:
		plan.Verdict = verdict.New(verdict.Act, v1alpha1.ReasonProgressing, "Still to do: "+plan.Actions[0].String()+".")
	case request.WantsDNS() && unreadSides(unread) != "":
		plan.Verdict, _ = notRead("DNS options", unread, "the others are as the spec asks")
	case request.WantsDNS():
		plan.Verdict = verdict.New(verdict.Done, v1alpha1.ReasonInPlace, "The DNS options are as the spec asks.")
	default:
		plan.Verdict = verdict.New(verdict.Done, v1alpha1.ReasonNotRequired, "No side asks for DNS resolution (dnsResolution: Disabled).")
	}
	return plan
}

// dnsOption reads the side's own option in its own view.
func dnsOption(request Request, snapshot Snapshot, role Role, id string) bool {
	view := snapshot.At(role).connection(id)
	if view == nil {
		return false
	}
	end := Pick(endOf(request, snapshot, role, id), view.Requester, view.Accepter)
	return end.DNSResolution != nil && *end.DNSResolution
}

// endOf is the end of the connection that a side's VPC is at. One that is not seen
// yet is ours to request: its requester is the side of that name.
func endOf(request Request, snapshot Snapshot, role Role, id string) Role {
	connection := furthest(snapshot, id)
	if connection == nil || requestedBy(request.Sides, *connection) == Requester {
		return role
	}
	return role.Other()
}
