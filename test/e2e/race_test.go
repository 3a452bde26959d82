package e2e

import (
	"slices"
	"testing"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

func TestEachReportOfTheRaceDetectorIsFoundInALog(t *testing.T) {
	t.Parallel()
	const log = `{"level":"info"}
==================
WARNING: DATA RACE
Write at 0x00c000 by goroutine 7:
==================
{"level":"info"}
==================
WARNING: DATA RACE
Read at 0x00c001 by goroutine 8:
==================
`
	if got := rig.RacesIn(log); !slices.Equal(got, []string{"Write at 0x00c000 by goroutine 7:", "Read at 0x00c001 by goroutine 8:"}) {
		t.Errorf("found %q", got)
	}
	if got := rig.RacesIn("{}\n"); len(got) > 0 {
		t.Errorf("found %q in a log without any", got)
	}
}
