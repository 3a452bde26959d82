package peering

import (
	"slices"
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
		"turned on where it is asked for":  {func(s *scene) { s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled; options(s, &off, nil) }, false, verdict.Act, "Progressing", []string{"let the requester resolve public host names of the accepter's VPC to private addresses over pcx-ours"}},
		"as asked":                         {func(s *scene) { s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled; options(s, nil, &on) }, false, verdict.Done, "InPlace", nil},
		"turned off where it is no longer": {func(s *scene) { options(s, &on, nil) }, false, verdict.Act, "Progressing", []string{"stop letting the accepter resolve public host names of the requester's VPC to private addresses over pcx-ours"}},
		"A4 not turned off for an adopter": {func(s *scene) { options(s, &on, &on) }, true, verdict.Done, "NotRequired", nil},
		"but turned on":                    {func(s *scene) { s.Spec.Requester.DNSResolution = v1alpha1.DNSEnabled; options(s, &off, &on) }, true, verdict.Act, "Progressing", []string{"let the accepter resolve public host names of the requester's VPC to private addresses over pcx-ours"}},
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

// The requester of a connection need not be spec.requester: a side's option is that of the end whose VPC is the side's.
func TestADNSOptionIsThatOfTheEndWhoseVPCIsTheSides(t *testing.T) {
	on, off := true, false
	for name, test := range map[string]struct {
		asking, asked Side
		have          Pair[*bool] // of the connection's ends
		want          Pair[v1alpha1.DNSResolution]
		set           []SetDNSResolution
	}{
		"requested by the requester": {eu, us, Pair[*bool]{}, Pair[v1alpha1.DNSResolution]{Requester: v1alpha1.DNSEnabled},
			[]SetDNSResolution{{On: Requester, End: Requester, Enabled: true}}},
		"requested by the accepter": {us, eu, Pair[*bool]{}, Pair[v1alpha1.DNSResolution]{Requester: v1alpha1.DNSEnabled},
			[]SetDNSResolution{{On: Requester, End: Accepter, Enabled: true}}},
		"requested by the accepter, for the accepter": {us, eu, Pair[*bool]{}, Pair[v1alpha1.DNSResolution]{Accepter: v1alpha1.DNSEnabled},
			[]SetDNSResolution{{On: Accepter, End: Requester, Enabled: true}}},
		"requested by the accepter, for both": {us, eu, Pair[*bool]{Requester: &off}, Pair[v1alpha1.DNSResolution]{Requester: v1alpha1.DNSEnabled, Accepter: v1alpha1.DNSEnabled},
			[]SetDNSResolution{{On: Requester, End: Accepter, Enabled: true}, {On: Accepter, End: Requester, Enabled: true}}},
		"requested by the accepter, as asked": {us, eu, Pair[*bool]{Accepter: &on}, Pair[v1alpha1.DNSResolution]{Requester: v1alpha1.DNSEnabled}, nil},
		"requested by the accepter, the wrong way round": {us, eu, Pair[*bool]{Requester: &on}, Pair[v1alpha1.DNSResolution]{Requester: v1alpha1.DNSEnabled},
			[]SetDNSResolution{{On: Requester, End: Accepter, Enabled: true}, {On: Accepter, End: Requester}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			connection := tagged(between(ourID, StateActive, test.asking, test.asked))
			connection.Requester.DNSResolution, connection.Accepter.DNSResolution = test.have.Requester, test.have.Accepter
			s.see(connection, Requester, Accepter)
			s.Spec.Requester.DNSResolution, s.Spec.Accepter.DNSResolution = test.want.Requester, test.want.Accepter
			var got []SetDNSResolution
			for _, action := range PlanDNS(s.Request, s.Snapshot, ConnectionPlan{ID: ourID}).Actions {
				set := action.(SetDNSResolution)
				set.ConnectionID = ""
				got = append(got, set)
			}
			if !slices.Equal(got, test.set) {
				t.Errorf("it sets %v, want %v", got, test.set)
			}
		})
	}
}
