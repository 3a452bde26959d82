package peering

import (
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestWhatWasRefusedStaysRefusedWhenAWSHasForgottenIt(t *testing.T) {
	for name, test := range map[string]struct {
		edit     func(*scene)
		progress verdict.Progress
		reason   string
		kept     bool
	}{
		"rejected":                            {func(*scene) {}, verdict.Stalled, "PeeringRejected", true},
		"rejected, and AWS still shows it":    {func(s *scene) { s.see(ours(StateRejected), Requester) }, verdict.Stalled, "PeeringRejected", true},
		"rejected, and a person asks":         {func(s *scene) { s.RetryTerminal = true }, verdict.Act, "Progressing", true},
		"rejected, and the blocks are others": {func(s *scene) { s.Refused.BlocksChanged = true }, verdict.Stalled, "PeeringRejected", true},
		"failed":                              {func(s *scene) { s.Refused.Reason = "PeeringFailed" }, verdict.Stalled, "PeeringFailed", true},
		"rejected, and somebody made another by hand": {func(s *scene) {
			s.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
			s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
		}, verdict.Done, "Active", false},
		"rejected, asked again, and it is pending": {func(s *scene) {
			other := ours(StatePending)
			other.ID, s.ConnectionID = "pcx-second", "pcx-second"
			s.see(other, Requester, Accepter)
		}, verdict.Act, "Progressing", false},
		"rejected twice": {func(s *scene) {
			other := ours(StateRejected)
			other.ID, s.ConnectionID = "pcx-second", "pcx-second"
			s.see(other, Requester, Accepter)
		}, verdict.Stalled, "PeeringRejected", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.ConnectionID = ourID
			s.Refused = &v1alpha1.RefusedRequest{ConnectionID: ourID, Reason: "PeeringRejected"}
			test.edit(s)
			plan := PlanConnection(s.Request, s.Snapshot)
			expectVerdict(t, plan.Verdict, test.progress, test.reason)
			if kept := Refused(s.Request, s.Snapshot, plan); (kept != nil) != test.kept || kept != nil && kept.ConnectionID != s.ConnectionID {
				t.Errorf("status keeps %+v, want kept: %t", kept, test.kept)
			}
		})
	}
}

func TestAFailedRequestIsDueAgainWhenTheBlocksAreOthers(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want bool
	}{
		"as they were":                   {func(*scene) {}, false},
		"in another order":               {func(s *scene) { s.side(Accepter).VPC = vpc("vpc-us", "10.13.0.0/16", "10.12.0.0/16") }, false},
		"one is gone":                    {func(s *scene) { s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16") }, true},
		"one came on the other side":     {func(s *scene) { s.side(Requester).VPC = vpc("vpc-eu", "10.11.0.0/16", "10.14.0.0/16") }, true},
		"one is on its way out":          {func(s *scene) { s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "disassociating 10.13.0.0/16") }, false},
		"one is out":                     {func(s *scene) { s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "disassociated 10.13.0.0/16") }, true},
		"they can't be read":             {func(s *scene) { s.side(Accepter).VPC, s.side(Accepter).Unread.VPC = nil, true }, false},
		"they were not known then":       {func(s *scene) { s.Refused.CIDRBlocks = nil }, false},
		"they were others, and are back": {func(s *scene) { s.Refused.BlocksChanged = true }, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.13.0.0/16")
			s.see(ours(StateFailed), Requester)
			s.ConnectionID = ourID
			s.Refused = Refused(s.Request, s.Snapshot, PlanConnection(s.Request, s.Snapshot))
			test.edit(s)
			if got := BlocksChanged(*s.Refused, s.Snapshot); got != test.want {
				t.Errorf("the blocks of %v changed: %t, want %t", s.Refused.CIDRBlocks, got, test.want)
			}
		})
	}
}

// TestWhoWasAskedIsNamedAlsoWhenAWSHasForgottenTheRequest: either side may have requested what is used.
func TestWhoWasAskedIsNamedAlsoWhenAWSHasForgottenTheRequest(t *testing.T) {
	for asked, connection := range map[Role]Connection{Accepter: between(ourID, StateRejected, eu, us), Requester: between(ourID, StateRejected, us, eu)} {
		s := newScene()
		s.ConnectionID = ourID
		s.see(connection, Requester, Accepter)
		s.Refused = Refused(s.Request, s.Snapshot, PlanConnection(s.Request, s.Snapshot))
		account := s.Sides.At(asked).Account
		expectVerdict(t, PlanConnection(s.Request, s.Snapshot).Verdict, verdict.Stalled, "PeeringRejected", "rejected in account "+account)
		s.side(Requester).Connections, s.side(Accepter).Connections = nil, nil
		expectVerdict(t, PlanConnection(s.Request, s.Snapshot).Verdict, verdict.Stalled, "PeeringRejected", "rejected in account "+account)
	}
}
