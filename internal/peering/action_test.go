package peering

import (
	"net/netip"
	"strings"
	"testing"
)

// allActions is one of each type, and both of those with two verbs.
func allActions() []Action {
	block := netip.MustParsePrefix("10.12.0.0/16")
	return []Action{
		CreateConnection{Sides: Sides{Requester: eu, Accepter: us}}, AcceptConnection{ID: "pcx-1", Side: us},
		TagConnection{On: Accepter, ID: "pcx-1"}, DeleteConnection{On: Requester, ID: "pcx-1"},
		AuthorizeRules{On: Requester, GroupID: "sg-1", Rules: []Ingress{{block, "tcp", 443, 443}}}, RevokeRules{On: Requester, GroupID: "sg-1", RuleIDs: []string{"sgr-1"}},
		CreateRoute{On: Requester, RouteTableID: "rtb-1", Destination: block}, ReplaceRoute{On: Requester, RouteTableID: "rtb-1", Destination: block, Was: "tgw-1"},
		DeleteRoute{On: Requester, RouteTableID: "rtb-1", Destination: block},
		SetDNSResolution{On: Accepter, ConnectionID: "pcx-1"}, SetDNSResolution{On: Accepter, ConnectionID: "pcx-1", Enabled: true},
		AdoptConnection{On: Requester, ID: "pcx-1"}, AdoptRules{On: Requester, RuleIDs: []string{"sgr-1"}}, Disown{On: Requester, IDs: []string{"pcx-1"}, Keys: []string{"k"}},
	}
}

func TestWhatWasDoneIsSaidInThePastTense(t *testing.T) {
	for _, action := range allActions() {
		verb, rest, _ := strings.Cut(Past(action), " ")
		if verb == "Done:" {
			t.Errorf("the past of %q is %q: its verb is missing in the table", action, Past(action))
		}
		if !strings.HasSuffix(action.String(), " "+rest) {
			t.Errorf("%q became %q", action, Past(action))
		}
	}
	if got := Past(CreateRoute{On: Requester, RouteTableID: "rtb-1", Destination: netip.MustParsePrefix("10.12.0.0/16"), ConnectionID: "pcx-1"}); got != "Routed 10.12.0.0/16 in rtb-1 (requester) to pcx-1" {
		t.Errorf("got %q", got)
	}
}
