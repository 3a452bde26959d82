package verdict

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryProgressIsTrueOrFalseOrUnknown(t *testing.T) {
	type says struct{ Fulfilled, Failing, Working bool }
	want := map[Progress]says{
		Done:        {Fulfilled: true},
		NotRequired: {Fulfilled: true},
		Act:         {Failing: true, Working: true},
		Wait:        {Failing: true, Working: true},
		Held:        {Failing: true},
		Stalled:     {Failing: true},
		Unclear:     {},
		"":          {},
		"Another":   {},
	}
	got := map[Progress]says{}
	for progress := range want {
		got[progress] = says{progress.Fulfilled(), progress.Failing(), progress.Working()}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAVerdictsMessageIsFormatted(t *testing.T) {
	want := Verdict{Progress: Wait, Reason: "Progressing", Message: "pcx-1 is 100% provisioning"}
	if got := Newf(Wait, "Progressing", "%s is %d%% provisioning", "pcx-1", 100); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
