package peering

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestNoConnectionIsMadeAnewWhileAWSWouldNotLetItBeMade(t *testing.T) {
	encrypted := func(exclusion string) func(*scene) {
		return func(s *scene) { s.side(Accepter).VPC.Encryption = Encryption{"enforce", "available", exclusion} }
	}
	for name, test := range map[string]struct {
		edit     func(*scene)
		progress verdict.Progress
		reason   string
	}{
		"nothing stands against it":                           {func(*scene) {}, verdict.Act, "Progressing"},
		"the blocks overlap":                                  {func(s *scene) { s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.11.128.0/17") }, verdict.Stalled, "OverlappingCIDRs"},
		"encryption is enforced":                              {encrypted("disabled"), verdict.Stalled, "EncryptionEnforced"},
		"peering is being excluded from it":                   {encrypted("enabling"), verdict.Wait, "EncryptionEnforced"},
		"peering is excluded from it":                         {encrypted("enabled"), verdict.Act, "Progressing"},
		"the requester's VPC cannot be read":                  {func(s *scene) { s.side(Requester).Unread.VPC = true }, verdict.Unclear, "SideNotReadable"},
		"the accepter's VPC cannot be read":                   {func(s *scene) { s.side(Accepter).Unread.VPC = true }, verdict.Unclear, "SideNotReadable"},
		"a group is stale, which is no connection's business": {func(s *scene) { s.Spec.Accepter.SecurityGroups.SecurityGroupIDs = []string{"sg-stale"} }, verdict.Act, "Progressing"},
	} {
		for made, see := range map[string]func(*scene){
			"requested": func(s *scene) { s.ConnectionID = ourID; s.see(ours(StateDeleted), Requester, Accepter) },
			"accepted":  func(s *scene) { s.ConnectionID = ourID; s.see(ours(StatePending), Requester, Accepter) },
		} {
			t.Run(name+", "+made, func(t *testing.T) {
				s := newScene()
				see(s)
				test.edit(s)
				plan := HoldNew(s.Request, s.Snapshot, PlanConnection(s.Request, s.Snapshot))
				expectVerdict(t, plan.Verdict, test.progress, test.reason)
				if diff := cmp.Diff(lines(plan.Actions), lines(MakePlan(s.Request, s.Snapshot).Connection.Actions)); diff != "" {
					t.Errorf("the preview shows something else (-done +shown):\n%s", diff)
				}
				if acts := len(plan.Actions) > 0; acts != (test.progress == verdict.Act) {
					t.Errorf("it does %v", lines(plan.Actions))
				}
			})
		}
	}
}

func TestFindingsHoldBackNoWithdrawalOfARedundantRequest(t *testing.T) {
	s := newScene()
	s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.11.128.0/17")
	s.see(ours(StatePending), Requester, Accepter)
	s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
	plan := HoldNew(s.Request, s.Snapshot, PlanConnection(s.Request, s.Snapshot))
	expectLines(t, "actions", []string{"delete pcx-ours from the requester's side"}, lines(plan.Actions))
}
