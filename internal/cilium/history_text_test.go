package cilium

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAHistoryIsReadAsItIsWritten(t *testing.T) {
	now := time.Date(2026, 11, 30, 17, 0, 0, 0, time.UTC)
	none, first := Period{From: now.Add(-2 * time.Hour)}, Period{CIDR: prefix("10.8.0.0/13"), From: now.Add(-time.Hour)}
	text := "2026-11-30T15:00:00Z none, 2026-11-30T16:00:00Z 10.8.0.0/13"
	if got := (History{none, first}).String(); got != text {
		t.Errorf("written: %q", got)
	}
	var most History
	for i := range MaxHistory {
		period := Period{From: now.Add(time.Duration(i-MaxHistory) * time.Minute)}
		if i%2 == 1 {
			period.CIDR = prefix("255.255.255.255/32")
		}
		most = append(most, period)
	}
	for name, tc := range map[string]struct {
		text string
		want History
	}{
		"two periods":                     {text, History{none, first}},
		"as many as there are":            {most.String(), most},
		"in force since this very second": {"2026-11-30T17:00:01Z 10.8.0.0/13", History{{CIDR: prefix("10.8.0.0/13"), From: now.Add(time.Second)}}},
		"nothing":                         {"", nil},
		"more than there can be":          {most.String() + ", 2026-11-30T17:00:00Z none", nil},
		"of the future":                   {"2026-11-30T17:00:02Z 10.8.0.0/13", nil},
		"before status takes a time":      {"1969-12-31T23:59:59Z none, 2026-11-30T16:00:00Z 10.8.0.0/13", nil},
		"of the year 1":                   {"0001-01-01T00:00:00Z 10.8.0.0/13", nil},
		"of the first second":             {"1970-01-01T00:00:00Z 10.8.0.0/13", History{{CIDR: prefix("10.8.0.0/13"), From: time.Unix(0, 0).UTC()}}},
		"in another order":                {"2026-11-30T16:00:00Z none, 2026-11-30T15:00:00Z 10.8.0.0/13", nil},
		"the same value twice":            {text + ", 2026-11-30T16:30:00Z 10.8.0.0/13", nil},
		"no value":                        {"2026-11-30T16:00:00Z", nil},
		"a value that no agent takes":     {"2026-11-30T16:00:00Z fd00::/8", nil},
		"no time":                         {"yesterday none", nil},
		"too long to be read":             {strings.Repeat("x", 1<<20), nil},
	} {
		if diff := cmp.Diff(tc.want, ReadHistory(tc.text, now), samePrefix); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
