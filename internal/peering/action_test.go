package peering

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
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
		AuthorizeRules{On: Requester, GroupID: "sg-1", Egress: true, Rules: []Ingress{{block, "tcp", 443, 443}}},
		CreateRoute{On: Requester, RouteTableID: "rtb-1", Destination: block}, ReplaceRoute{On: Requester, RouteTableID: "rtb-1", Destination: block, Was: "tgw-1"},
		DeleteRoute{On: Requester, RouteTableID: "rtb-1", Destination: block},
		SetDNSResolution{On: Accepter, ConnectionID: "pcx-1"}, SetDNSResolution{On: Accepter, ConnectionID: "pcx-1", Enabled: true},
		AdoptConnection{On: Requester, ID: "pcx-1"}, AdoptRules{On: Requester, RuleIDs: []string{"sgr-1"}}, Disown{On: Requester, IDs: []string{"pcx-1"}, Keys: []string{"k"}},
		TagRules{On: Requester, RuleIDs: []string{"sgr-1"}}, Untag{On: Requester, IDs: []string{"pcx-1"}, Keys: []string{"k"}},
		HandOverRules{On: Requester, RuleIDs: []string{"sgr-1"}},
	}
}

// actionTypes are the types of this package with a method Role.
func actionTypes(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	role := regexp.MustCompile(`(?m)^func \((?:\w+ )?(\w+)\) Role\(\) Role`)
	types := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range role.FindAllStringSubmatch(string(content), -1) {
			types[match[1]] = true
		}
	}
	return types
}

func TestWhatWasDoneIsSaidInThePastTense(t *testing.T) {
	untried := actionTypes(t)
	for _, action := range allActions() {
		delete(untried, strings.TrimPrefix(fmt.Sprintf("%T", action), "peering."))
		verb, rest, _ := strings.Cut(Past(action), " ")
		if verb == "Done:" {
			t.Errorf("the past of %q is %q: its verb is missing in the table", action, Past(action))
		}
		if !strings.HasSuffix(action.String(), " "+rest) {
			t.Errorf("%q became %q", action, Past(action))
		}
	}
	if len(untried) > 0 {
		t.Errorf("not among the actions of this test: %v", untried)
	}
	if got := Past(CreateRoute{On: Requester, RouteTableID: "rtb-1", Destination: netip.MustParsePrefix("10.12.0.0/16"), ConnectionID: "pcx-1"}); got != "Routed 10.12.0.0/16 in rtb-1 (requester) to pcx-1" {
		t.Errorf("got %q", got)
	}
}

func TestEveryActionSaysOnWhichSideItIsDone(t *testing.T) {
	for _, action := range allActions() {
		side := Requester
		if _, accepts := action.(AcceptConnection); accepts {
			side = Accepter // who was asked
		} else if on := reflect.ValueOf(action).FieldByName("On"); on.IsValid() {
			side = on.Interface().(Role)
		}
		if got := action.Role(); got != side {
			t.Errorf("%q is done on the %q, want %s", action, got, side)
		}
	}
}

func TestAnActionWhoseVerbNobodyKnowsIsStillSaid(t *testing.T) {
	if got := Past(unheardOf{}); got != "Done: frobnicate it" {
		t.Errorf("got %q", got)
	}
}

type unheardOf struct{ DeleteRoute }

func (unheardOf) String() string { return "frobnicate it" }
