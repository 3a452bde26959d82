package peering

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestAVPCThatEnforcesEncryptionNeedsTheExclusionForPeering(t *testing.T) {
	const finds, waits, passes, remarks = "finds", "waits", "passes", "remarks"
	enforced := func(state, exclusion string) func(*scene) {
		return func(s *scene) { s.side(Accepter).VPC.Encryption = Encryption{"enforce", state, exclusion} }
	}
	for name, test := range map[string]struct {
		edit func(*scene)
		want string
	}{
		"without a control":                       {func(*scene) {}, passes},
		"enforced, without an exclusion":          {enforced("available", "disabled"), finds},
		"enforced, and AWS says nothing about it": {enforced("available", ""), finds},
		"about to be enforced":                    {enforced("enforce-in-progress", "disabled"), finds},
		"enforcing failed":                        {enforced("enforce-failed", "disabled"), finds},
		"its deletion failed":                     {enforced("delete-failed", "disabled"), finds},
		"being deleted":                           {enforced("deleting", "disabled"), finds},
		"deleted":                                 {enforced("deleted", "disabled"), passes},
		"excluded":                                {enforced("available", "enabled"), passes},
		"being excluded":                          {enforced("available", "enabling"), waits},
		"no longer excluded":                      {enforced("available", "disabling"), finds},
		"only monitored":                          {func(s *scene) { s.side(Requester).VPC.Encryption = Encryption{"monitor", "available", "disabled"} }, passes},
		"within a region": {func(s *scene) {
			enforced("available", "disabled")(s)
			s.Sides.Accepter.Region = s.Sides.Requester.Region
		}, passes},
		"a connection that works": {func(s *scene) { enforced("available", "disabled")(s); s.see(ours(StateActive), Requester, Accepter) }, remarks},
		"a connection that works, of somebody else": {func(s *scene) {
			enforced("available", "disabled")(s)
			s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
		}, remarks},
		"a request that is pending":               {func(s *scene) { enforced("available", "disabled")(s); s.see(ours(StatePending), Requester, Accepter) }, finds},
		"a connection that works, being excluded": {func(s *scene) { enforced("available", "enabling")(s); s.see(ours(StateActive), Requester, Accepter) }, passes},
		"one side refused, the other one awaited": {func(s *scene) {
			enforced("available", "enabling")(s)
			s.side(Requester).VPC.Encryption = Encryption{"enforce", "available", "disabled"}
		}, finds},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.edit(s)
			findings := Preflight(s.Request, s.Snapshot)
			_, awaited := Awaited(s.Request, s.Snapshot)
			got := passes
			switch {
			case len(findings) > 0:
				got = finds
				if said := FindingsVerdict(findings); said.Reason != v1alpha1.ReasonEncryptionEnforced || !strings.Contains(said.Message, "VPC vpc-") || !strings.Contains(said.Message, "--vpc-peering-exclusion enable") {
					t.Errorf("it says %s: %s", said.Reason, said.Message)
				}
				expectSentence(t, FindingsVerdict(findings).Message)
			case awaited:
				got = waits
			case len(Remarks(s.Request, s.Snapshot)) > 0:
				got = remarks
				expectSentence(t, FindingsVerdict(nil, Remarks(s.Request, s.Snapshot)...).Message)
			}
			if got != test.want {
				t.Errorf("it %s, want %s: %v", got, test.want, findings)
			}
		})
	}
}
