package peering

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestA1FindConnectionLooksInBothViewsAndOrientations(t *testing.T) {
	elsewhere := Side{VPC: "vpc-other", Account: "333333333333", Region: "eu-west-1"}
	for name, test := range map[string]struct {
		prepare func(*scene)
		want    string // id, and "ours"
		also    []string
		last    string
	}{
		"nothing there": {func(*scene) {}, "", nil, ""},
		"ours in both views": {func(s *scene) {
			s.see(ours(StateActive), Requester, Accepter)
		}, ourID + " ours", nil, ""},
		"ours, tagged in the requester's view only": {func(s *scene) {
			s.see(ours(StatePending), Requester)
			s.see(untagged(ours(StatePending)), Accepter)
		}, ourID + " ours", nil, ""},
		"ours, seen by the accepter alone": {func(s *scene) {
			s.see(ours(StatePending), Accepter)
		}, ourID + " ours", nil, ""},
		"one asked for in the other direction": {func(s *scene) {
			s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
		}, foreignID, nil, ""},
		"of other VPCs": {func(s *scene) {
			s.see(between(foreignID, StateActive, eu, elsewhere), Requester)
			s.see(between("pcx-2", StateActive, elsewhere, us), Accepter)
		}, "", nil, ""},
		"gone and going ones": {func(s *scene) {
			for _, state := range []ConnectionState{StateDeleted, StateRejected, StateFailed, StateExpired, StateDeleting} {
				c := ours(state)
				c.ID = "pcx-" + string(state)
				s.see(c, Requester, Accepter)
			}
		}, "", nil, ""},
		"the one that status names, gone": {func(s *scene) {
			s.ConnectionID = ourID
			s.see(ours(StateFailed), Requester)
		}, "", nil, ourID},
		"an old one gone beside a live one": {func(s *scene) {
			s.ConnectionID = "pcx-old"
			old := ours(StateDeleted)
			old.ID = "pcx-old"
			s.see(old, Requester, Accepter)
			s.see(ours(StateActive), Requester, Accepter)
		}, ourID + " ours", nil, "pcx-old"},
		"an active one of somebody else beside our reversed request": {func(s *scene) {
			s.see(ours(StatePending), Requester, Accepter)
			s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
		}, foreignID, []string{ourID}, ""},
		"our request that is still being made beside one of somebody else is not withdrawn yet": {func(s *scene) {
			s.see(ours(StateInitiating), Requester)
			s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
		}, foreignID, nil, ""},
		"two requests, of which ours is taken": {func(s *scene) {
			s.see(between("pcx-a-foreign", StatePending, us, eu), Requester, Accepter)
			s.see(ours(StatePending), Requester, Accepter)
		}, ourID + " ours", nil, ""},
		"the owner tag of another object": {func(s *scene) {
			c := ours(StateActive)
			c.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/another"}
			s.see(c, Requester, Accepter)
		}, ourID, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.prepare(s)
			found := FindConnection(s.Request, s.Snapshot)
			got, last := "", ""
			if found.Connection != nil {
				got = found.Connection.ID
			}
			if found.Ours {
				got += " ours"
			}
			if found.Last != nil {
				last = found.Last.ID
			}
			if diff := cmp.Diff([]string{test.want, test.last}, []string{got, last}); diff != "" {
				t.Errorf("found and last (-want +got):\n%s", diff)
			}
			expectLines(t, "redundant", test.also, found.Redundant)
		})
	}
}

func TestNobodyOwnsWhatHasNoTag(t *testing.T) {
	if (Request{}).owns(nil) || (Request{}).owns(map[string]string{v1alpha1.TagOwner: ""}) {
		t.Error("a request without an owner owns what has no tag")
	}
}

func TestPlanConnection(t *testing.T) {
	const (
		create = "request a peering connection from requester vpc-eu (eu-west-1, account 111111111111) to accepter vpc-us (us-east-1, account 222222222222)"
		accept = "accept pcx-ours as accepter vpc-us (us-east-1, account 222222222222)"
	)
	failed := ours(StateFailed)
	failed.StatusMessage = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
	moved := ours(StatePending)
	moved.Requester.Account = "999999999999"
	otherRegion := ours(StatePending)
	otherRegion.Accepter.Region = "us-west-2"
	for name, test := range map[string]struct {
		prepare  func(*scene)
		progress verdict.Progress
		reason   string
		message  string
		id       string
		adopted  bool
		actions  []string
		tagging  []string
	}{
		"requests one where there is none": {
			prepare:  func(*scene) {},
			progress: verdict.Act, reason: "Progressing", message: "Requesting a connection from vpc-eu to vpc-us.", actions: []string{create},
		},
		"A1 waits for the request to become visible instead of making another": {
			prepare:  func(s *scene) { s.ConnectionID, s.RequestedLately = ourID, true },
			progress: verdict.Wait, reason: "Progressing", message: "Waiting for connection pcx-ours to become visible to the requester vpc-eu.", id: ourID,
		},
		"asks again when what status names is not seen after all": {
			prepare:  func(s *scene) { s.ConnectionID = ourID },
			progress: verdict.Act, reason: "Progressing", actions: []string{create},
		},
		"A2 can't tell whose it is while only the side that was asked sees it": {
			prepare:  func(s *scene) { s.see(untagged(ours(StatePending)), Accepter) },
			progress: verdict.Wait, reason: "Progressing", message: "Waiting for pcx-ours to become visible to the requester vpc-eu",
		},
		"A2 can't tell whose it is while AWS shows its own request without tags": {
			prepare: func(s *scene) {
				s.ConnectionID, s.RequestedLately = ourID, true
				s.see(untagged(ours(StatePending)), Requester)
			},
			progress: verdict.Wait, reason: "Progressing", message: "Waiting for AWS to show the tags of pcx-ours", id: ourID,
		},
		"A2 nor when the answer to the request was lost": {
			prepare:  func(s *scene) { s.RequestUnderWay = true; s.see(untagged(ours(StatePending)), Requester, Accepter) },
			progress: verdict.Wait, reason: "Progressing", message: "Waiting for AWS to show the tags of pcx-ours",
		},
		"A2 what has tags of somebody else is foreign, however lately we asked": {
			prepare: func(s *scene) {
				c := ours(StatePending)
				c.Tags = map[string]string{"team": "db"}
				s.ConnectionID, s.RequestedLately = ourID, true
				s.see(c, Requester)
			},
			progress: verdict.Stalled, reason: "ForeignPeering", message: "Connection pcx-ours already joins vpc-eu and vpc-us",
		},
		"an adopted one needs no tags, however lately it was found": {
			prepare: func(s *scene) {
				s.ConnectionID, s.RequestedLately, s.Adopted = foreignID, true, true
				s.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
				s.see(between(foreignID, StateProvisioning, eu, us), Requester, Accepter)
			},
			progress: verdict.Wait, reason: "Progressing", message: "connection pcx-foreign is provisioning.", id: foreignID, adopted: true,
		},
		"waits while the request is being made": {
			prepare:  func(s *scene) { s.see(ours(StateInitiating), Requester) },
			progress: verdict.Wait, reason: "Progressing", message: "connection pcx-ours is initiating-request.", id: ourID,
		},
		"accepts its own request, though the accepter does not see it yet": {
			prepare:  func(s *scene) { s.see(ours(StatePending), Requester) },
			progress: verdict.Act, reason: "Progressing", message: "Accepting connection pcx-ours as accepter vpc-us", id: ourID, actions: []string{accept},
		},
		"does not accept again what one side already sees accepted": {
			prepare: func(s *scene) {
				s.see(ours(StatePending), Requester)
				s.see(ours(StateActive), Accepter)
			},
			progress: verdict.Wait, reason: "Progressing", message: "Waiting for the requester to see connection pcx-ours active.", id: ourID,
		},
		"waits while it is provisioned": {
			prepare:  func(s *scene) { s.see(ours(StateProvisioning), Requester, Accepter) },
			progress: verdict.Wait, reason: "Progressing", message: "connection pcx-ours is provisioning.", id: ourID,
		},
		"waits until the accepter sees it too": {
			prepare:  func(s *scene) { s.see(ours(StateActive), Requester) },
			progress: verdict.Wait, reason: "Progressing", message: "Waiting for the accepter to see connection pcx-ours active.", id: ourID,
		},
		"is done when both sides see it active": {
			prepare:  func(s *scene) { s.see(ours(StateActive), Requester, Accepter) },
			progress: verdict.Done, reason: "Active", message: "Connection pcx-ours is active on both sides.", id: ourID,
		},
		"tags the accepter's view apart": {
			prepare: func(s *scene) {
				s.see(ours(StateActive), Requester)
				s.see(untagged(ours(StateActive)), Accepter)
			},
			progress: verdict.Done, reason: "Active", id: ourID, tagging: []string{"tag the accepter's view of pcx-ours"},
		},
		"A3 does not accept from an account it does not expect": {
			prepare:  func(s *scene) { s.see(moved, Requester, Accepter) },
			progress: verdict.Stalled, reason: "UnexpectedPeering", message: "account 999999999999", id: ourID,
		},
		"A3 does not accept in a region it does not expect": {
			prepare:  func(s *scene) { s.see(otherRegion, Requester, Accepter) },
			progress: verdict.Stalled, reason: "UnexpectedPeering", message: "us-west-2", id: ourID,
		},
		"accepts its own reversed request from the requester's side": {
			prepare:  func(s *scene) { s.see(tagged(between(ourID, StatePending, us, eu)), Requester, Accepter) },
			progress: verdict.Act, reason: "Progressing", id: ourID, actions: []string{"accept pcx-ours as requester vpc-eu (eu-west-1, account 111111111111)"},
		},
		"A4 leaves a foreign connection alone": {
			prepare:  func(s *scene) { s.see(between(foreignID, StateActive, us, eu), Requester, Accepter) },
			progress: verdict.Stalled, reason: "ForeignPeering", message: "Connection pcx-foreign already joins vpc-eu and vpc-us, and crossvpc did not make it for this object (owner tag: none). Set adoptionPolicy: UseExisting to use it, name it in spec.adopt.connectionID to make it crossvpc's own, or delete it.",
		},
		"A2 takes the connection of another object for foreign": {
			prepare: func(s *scene) {
				c := ours(StateActive)
				c.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/another"}
				s.see(c, Requester, Accepter)
			},
			progress: verdict.Stalled, reason: "ForeignPeering", message: "owner tag: inst/network/another",
		},
		"A1 does not tell who in another namespace has a connection": {
			prepare: func(s *scene) {
				c := ours(StateActive)
				c.Tags = map[string]string{v1alpha1.TagOwner: "inst/network-secret/another"}
				s.see(c, Requester, Accepter)
			},
			progress: verdict.Stalled, reason: "ForeignPeering", message: "(owner tag: that of another namespace or installation)",
		},
		"adopts a foreign one when told to, and tags nothing": {
			prepare: func(s *scene) {
				s.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
				s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
			},
			progress: verdict.Done, reason: "Active", id: foreignID, adopted: true,
		},
		"adopts a foreign request by accepting it, as the side that was asked": {
			prepare: func(s *scene) {
				s.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
				s.see(between(foreignID, StatePending, us, eu), Requester, Accepter)
			},
			progress: verdict.Act, reason: "Progressing", id: foreignID, adopted: true, actions: []string{"accept pcx-foreign as requester vpc-eu (eu-west-1, account 111111111111)"},
		},
		"A1 withdraws its request beside a live connection, from the side that made it": {
			prepare: func(s *scene) {
				s.see(ours(StatePending), Requester, Accepter)
				s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
			},
			progress: verdict.Act, reason: "Progressing", message: "Connection pcx-foreign already joins the pair.", actions: []string{"delete pcx-ours from the requester's side"},
		},
		"waits until an old one is deleted": {
			prepare:  func(s *scene) { s.see(ours(StateDeleting), Accepter) },
			progress: verdict.Wait, reason: "Progressing", message: "Waiting until connection pcx-ours is deleted",
		},
		"stalls when AWS declared it failed": {
			prepare:  func(s *scene) { s.ConnectionID = ourID; s.see(failed, Requester) },
			progress: verdict.Stalled, reason: "PeeringFailed", message: "AWS declared connection pcx-ours failed: Failed due to incorrect VPC-ID", id: ourID,
		},
		"tries again after a failure when a person asks": {
			prepare:  func(s *scene) { s.ConnectionID, s.RetryTerminal = ourID, true; s.see(failed, Requester) },
			progress: verdict.Act, reason: "Progressing", actions: []string{create},
		},
		"stalls when somebody rejected it": {
			prepare:  func(s *scene) { s.ConnectionID = ourID; s.see(ours(StateRejected), Requester, Accepter) },
			progress: verdict.Stalled, reason: "PeeringRejected", message: "Connection pcx-ours was rejected in account 222222222222.", id: ourID,
		},
		"tries again after a rejection when a person asks": {
			prepare:  func(s *scene) { s.ConnectionID, s.RetryTerminal = ourID, true; s.see(ours(StateRejected), Requester) },
			progress: verdict.Act, reason: "Progressing", actions: []string{create},
		},
		"asks again when the request expired": {
			prepare:  func(s *scene) { s.ConnectionID = ourID; s.see(ours(StateExpired), Requester) },
			progress: verdict.Act, reason: "Progressing", actions: []string{create},
		},
		"asks again when somebody deleted it": {
			prepare:  func(s *scene) { s.ConnectionID = ourID; s.see(ours(StateDeleted), Requester, Accepter) },
			progress: verdict.Act, reason: "Progressing", actions: []string{create},
		},
		"is not blocked by a failure it does not know of": {
			prepare:  func(s *scene) { s.see(failed, Requester) },
			progress: verdict.Act, reason: "Progressing", actions: []string{create},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.prepare(s)
			plan := PlanConnection(s.Request, s.Snapshot)
			expectVerdict(t, plan.Verdict, test.progress, test.reason, test.message)
			if plan.ID != test.id || plan.Adopted != test.adopted {
				t.Errorf("id is %q, adopted %t; want %q, %t", plan.ID, plan.Adopted, test.id, test.adopted)
			}
			expectLines(t, "actions", test.actions, lines(plan.Actions))
			expectLines(t, "tagging", test.tagging, lines(plan.Tagging))
		})
	}
}

func TestA3SidesExpectExactlyTheirVPCsAccountsAndRegions(t *testing.T) {
	sides := Sides{Requester: eu, Accepter: us}
	change := func(edit func(*Connection)) Connection {
		c := ours(StatePending)
		edit(&c)
		return c
	}
	for name, test := range map[string]struct {
		connection Connection
		want       bool
	}{
		"the request as we make it":      {ours(StatePending), true},
		"the same, the other way round":  {between(ourID, StatePending, us, eu), true},
		"another VPC asks":               {change(func(c *Connection) { c.Requester.VPC = "vpc-x" }), false},
		"another account asks":           {change(func(c *Connection) { c.Requester.Account = "333333333333" }), false},
		"another region asks":            {change(func(c *Connection) { c.Requester.Region = "eu-west-2" }), false},
		"another VPC is asked":           {change(func(c *Connection) { c.Accepter.VPC = "vpc-x" }), false},
		"another account is asked":       {change(func(c *Connection) { c.Accepter.Account = "333333333333" }), false},
		"another region is asked":        {change(func(c *Connection) { c.Accepter.Region = "us-east-2" }), false},
		"EC2 does not say who was asked": {change(func(c *Connection) { c.Accepter = ConnectionEnd{VPC: us.VPC} }), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := expects(sides, test.connection); got != test.want {
				t.Errorf("expects: %t, want %t", got, test.want)
			}
		})
	}
}
