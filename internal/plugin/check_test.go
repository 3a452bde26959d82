package plugin

import (
	"testing"

	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func TestACheckCountsAsPeopleDo(t *testing.T) {
	show := func(state *view.State) view.Item { return view.Item{State: *state} }
	for want, states := range map[string][]view.State{
		"There is none.":                        {},
		"1 of 1 object is as it should be.":     {view.Good},
		"2 of 2 objects are as they should be.": {view.Good, view.Good},
		"1 of 2 objects is as it should be.":    {view.Good, view.Bad},
		"0 of 2 objects are as they should be.": {view.Bad, view.Bad},
	} {
		if got := group("VPCPeerings", states, show).Message; got != want {
			t.Errorf("%v: %q, want %q", states, got, want)
		}
	}
	for count, want := range map[int]string{0: "all 0 objects", 1: "the only object", 2: "all 2 objects"} {
		if got := allOf(count); got != want {
			t.Errorf("%d: %q, want %q", count, got, want)
		}
	}
}
