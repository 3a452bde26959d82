package peering

import (
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestPlanDNS(t *testing.T) {
	on, off := true, false
	// options sets what EC2 shows of both ends, in both views.
	options := func(s *scene, asking, asked *bool) {
		for _, role := range Roles() {
			for i := range s.side(role).Connections {
				s.side(role).Connections[i].Requester.DNSResolution = asking
				s.side(role).Connections[i].Accepter.DNSResolution = asked
			}
		}
	}
	for name, test := range map[string]struct {
		prepare  func(*scene)
		adopted  bool
		progress verdict.Progress
		reason   string
		actions  []string
	}{
		"nobody asks for it":               {func(*scene) {}, false, verdict.Done, "NotRequired", nil},
		"EC2 shows the options off":        {func(s *scene) { options(s, &off, &off) }, false, verdict.Done, "NotRequired", nil},
		"turned on where it is asked for":  {func(s *scene) { s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled; options(s, &off, nil) }, false, verdict.Act, "Progressing", []string{"allow DNS resolution by the peer on the accepter's side of pcx-ours"}},
		"as asked":                         {func(s *scene) { s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled; options(s, nil, &on) }, false, verdict.Done, "InPlace", nil},
		"turned off where it is no longer": {func(s *scene) { options(s, &on, nil) }, false, verdict.Act, "Progressing", []string{"forbid DNS resolution by the peer on the requester's side of pcx-ours"}},
		"A4 not turned off for an adopter": {func(s *scene) { options(s, &on, &on) }, true, verdict.Done, "NotRequired", nil},
		"but turned on":                    {func(s *scene) { s.Spec.Requester.DNSResolution = v1alpha1.DNSEnabled; options(s, &off, &on) }, true, verdict.Act, "Progressing", []string{"allow DNS resolution by the peer on the requester's side of pcx-ours"}},
		"a side goes by its own VPC's end": {
			func(s *scene) {
				for _, role := range Roles() {
					s.side(role).Connections[0] = tagged(between(ourID, StateActive, us, eu))
				}
				options(s, &on, &off)
				s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled
			}, false, verdict.Done, "InPlace", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			test.prepare(s)
			plan := PlanDNS(s.Request, s.Snapshot, ConnectionPlan{ID: ourID, Adopted: test.adopted})
			expectVerdict(t, plan.Verdict, test.progress, test.reason)
			expectLines(t, "actions", test.actions, lines(plan.Actions))
		})
	}
}
