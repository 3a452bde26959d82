package peeredcluster

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

func TestAWindowIsReadAsItIsWritten(t *testing.T) {
	got, problem := windowOf(v1alpha1.RolloutWindow{Days: []string{"Fri", "Sun"}, Start: "22:30", End: "04:00", TimeZone: "Etc/UTC"})
	want := &rollout.Window{Days: []time.Weekday{time.Friday, time.Sunday}, Start: 22*time.Hour + 30*time.Minute, End: 4 * time.Hour}
	if problem != "" || got.Location.String() != "Etc/UTC" {
		t.Fatalf("%+v, %s", got, problem)
	}
	got.Location = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("window (-want +got):\n%s", diff)
	}
}

func TestAWindowInAnUnknownZoneIsAUsersMistake(t *testing.T) {
	policy := policyOf(v1alpha1.RolloutPolicy{Window: &v1alpha1.RolloutWindow{Start: "02:00", End: "05:00", TimeZone: "Mars/Olympus"}}, rollout.Choice{})
	if policy.Window != nil || !strings.Contains(policy.BadWindow, `"Mars/Olympus"`) || !strings.Contains(policy.BadWindow, "Europe/Berlin") {
		t.Errorf("%+v", policy)
	}
}
