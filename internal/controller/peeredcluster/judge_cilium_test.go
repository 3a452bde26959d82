package peeredcluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidrgroup"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestCiliumConfiguredSaysTheGravestThingThatWasFound(t *testing.T) {
	say := func(progress verdict.Progress, reason string) *verdict.Verdict {
		return new(verdict.New(progress, reason, "m"))
	}
	var (
		unread   = say(verdict.Unclear, "Unread")
		done     = say(verdict.Done, "Done")
		acts     = say(verdict.Act, "Acts")
		waits    = say(verdict.Wait, "Waits")
		needless = say(verdict.NotRequired, "Needless")
		taken    = cidrgroup.Outcome{Taken: "crossvpc-n.p"}
	)
	for name, tc := range map[string]struct {
		found configured
		want  string
	}{
		"nothing was found out":                           {configured{}, ""},
		"how far a value got":                             {configured{written: waits}, "Waits"},
		"what is decided":                                 {configured{decided: needless}, "Needless"},
		"what can't be read outweighs what is standing":   {configured{unread: unread, decided: needless}, "Unread"},
		"a group that is taken, once all else is there":   {configured{written: done, cidrGroups: taken}, v1alpha1.ReasonManagedElsewhere},
		"a group that is taken, where nothing is needed":  {configured{decided: needless, cidrGroups: taken}, v1alpha1.ReasonManagedElsewhere},
		"a group that is taken, while nodes are renewed":  {configured{written: acts, cidrGroups: taken}, v1alpha1.ReasonManagedElsewhere},
		"a group that is taken says no more than a wait":  {configured{written: waits, cidrGroups: taken}, "Waits"},
		"nor than what can't be read":                     {configured{unread: unread, cidrGroups: taken}, "Unread"},
		"a kind that is not served":                       {configured{written: done, cidrGroups: cidrgroup.Outcome{Missing: true}}, v1alpha1.ReasonMissing},
		"groups that are refused, once all else is there": {configured{written: done, groupsRefused: say(verdict.Stalled, v1alpha1.ReasonForbidden)}, v1alpha1.ReasonForbidden},
		"groups in order":                                 {configured{written: done, cidrGroups: cidrgroup.Outcome{Clean: true}}, "Done"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if judged := tc.found.judge(); judged != nil {
				got = judged.Reason
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestADecisionToWriteNothingIsAVerdict(t *testing.T) {
	for kind, want := range map[cilium.Kind]*verdict.Verdict{
		cilium.KindNotRequired:             new(verdict.New(verdict.NotRequired, v1alpha1.ReasonNotRequired, "why undone")),
		cilium.KindBlocked:                 new(verdict.New(verdict.Stalled, "Why", "why")),
		cilium.KindPodAddressesNotRoutable: new(verdict.New(verdict.Stalled, "Why", "why")),
		cilium.KindNativeRoutingCIDR:       nil,
		cilium.KindExcludeSNAT:             nil,
		cilium.KindIPMasqAgent:             nil,
	} {
		got := judgeDecision(cilium.Decision{Kind: kind, Reason: "Why", Message: "why"}, " undone")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", kind, diff)
		}
	}
}
