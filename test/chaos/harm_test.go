package chaos

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHarmBefallsAProcessAsAnEventSays(t *testing.T) {
	t.Parallel()
	for what, want := range map[string][]string{
		IsKilled:    {"strike {6 0 true}"},
		IsOvertaken: {"strike {6 1 false}", "reconcile", "once"},
		IsRefused:   {"once"},
		Fails:       {"inject", "once"},
		Loses:       {"inject", "once"},
		FailsTwice:  {"inject", "strike {7 0 true}"},
		IsDelayed:   {"late 1 by 3"},
		IsDropped:   {"late 2 by 3"},
		IsMerged:    {"late 3 by 3"},
		Reconciles:  nil,
		Other:       nil,
	} {
		var got []string
		note := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
		wire := &Wire{}
		befell := Harm{
			Wire:      wire,
			Strike:    func(s Strike) { note("strike {%d %d %t}", s.At, s.Blow, s.After) },
			Inject:    func(Event) { note("inject") },
			Reconcile: func() { note("reconcile") },
			Once:      func(Event) { note("once") },
			Late:      func(how Lateness, looks int) { note("late %d by %d", how, looks) },
		}.Befalls(Event{What: what, N: 6, After: true})
		if diff := cmp.Diff(want, got); diff != "" || befell != (want != nil) {
			t.Errorf("%s: %t (-want +got):\n%s", what, befell, diff)
		}
		if armed := len(wire.strikes) > 0; armed != (what == IsRefused) {
			t.Errorf("%s: the API server refuses: %t", what, armed)
		}
	}
}
