package peering

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// TestEveryActionOnRulesIsOfWhoOwnsTheGroups: in a shared VPC it is another account than that of connection and routes. An
// action whose name speaks of rules is one of them, whatever is added.
func TestEveryActionOnRulesIsOfWhoOwnsTheGroups(t *testing.T) {
	for _, action := range append(allActions(),
		Disown{On: Requester, IDs: []string{"sgr-1"}}, Untag{On: Requester, IDs: []string{"sgr-1"}}) {
		text := action.String()
		want := strings.Contains(text, "sg-") || strings.Contains(text, "sgr-")
		if got := OnGroups(action); got != want {
			t.Errorf("%q: on groups %t, want %t", text, got, want)
		}
	}
}

func TestTagsOfWhatWasAdoptedInASharedVPCAreRemovedByWhoOwnsWhat(t *testing.T) {
	tags := map[string]string{v1alpha1.TagOwner: "test/network/eu-us", v1alpha1.TagAdopted: "true"}
	snapshot := Snapshot{Accepter: SideSnapshot{
		Connections: []Connection{{ID: "pcx-1", State: StateActive, Tags: tags}},
		Rules:       []SecurityGroupRule{{ID: "sgr-1", GroupID: "sg-1", Tags: tags}},
	}}
	keys := []string{v1alpha1.TagAdopted, v1alpha1.TagOwner}
	for name, test := range map[string]struct {
		side Side
		want []Action
	}{
		"one identity for both": {Side{Role: Accepter}, []Action{Disown{On: Accepter, IDs: []string{"pcx-1", "sgr-1"}, Keys: keys}}},
		"one for each": {Side{Role: Accepter, GroupsAccount: "2", GroupsIdentity: "team"}, []Action{
			Disown{On: Accepter, IDs: []string{"pcx-1"}, Keys: keys}, Disown{On: Accepter, IDs: []string{"sgr-1"}, Keys: keys},
		}},
	} {
		request := Request{Owner: "test/network/eu-us", Sides: Sides{Accepter: test.side}}
		if diff := cmp.Diff(test.want, PlanDisown(request, snapshot)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestASideInASharedVPCIsSeenByEachIdentityAsItsOwn(t *testing.T) {
	side := Side{Role: Accepter, Account: "1", Region: "us-east-1", VPC: "vpc-us", Identity: "owner", GroupsAccount: "2", GroupsIdentity: "team"}
	if got, want := side.OfNetwork(), (Side{Role: Accepter, Account: "1", Region: "us-east-1", VPC: "vpc-us", Identity: "owner"}); got != want {
		t.Errorf("the owner's: %+v, want %+v", got, want)
	}
	if got, want := side.OfGroups(), (Side{Role: Accepter, Account: "2", Region: "us-east-1", VPC: "vpc-us", Identity: "team"}); got != want {
		t.Errorf("the participant's: %+v, want %+v", got, want)
	}
	if got, want := side.String(), "accepter vpc-us (us-east-1, account 1, security groups in account 2)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
