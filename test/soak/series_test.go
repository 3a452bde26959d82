package soak

import (
	"math"
	"testing"
	"time"
)

func hourly(values ...float64) series {
	var s series
	for hour, value := range values {
		s = append(s, sample{time.Duration(hour) * time.Hour, value})
	}
	return s
}

func TestTheTrendOfSamples(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		samples       series
		slope, growth float64
	}{
		"flat":                     {hourly(7, 7, 7, 7), 0, 0},
		"grows":                    {hourly(1, 3, 5, 7), 2, 6},
		"shrinks":                  {hourly(9, 8, 7), -1, -2},
		"flat with noise":          {hourly(5, 6, 5, 6, 5), 0, 0},
		"one that is off":          {hourly(5, 5, 10, 5, 5), 0, 0},
		"the last one is off":      {hourly(5, 5, 5, 5, 12), 0, 0},
		"the first one is off":     {hourly(1, 5, 5, 5, 5), 0, 0},
		"two are off":              {hourly(5, 5, 5, 4, 5, 5, 5, 5, 6), 0, 0},
		"grows every other time":   {hourly(1, 1, 3, 3, 5, 5, 7), 1, 6},
		"one sample says nothing":  {hourly(5), 0, 0},
		"twice at the same moment": {series{{0, 1}, {0, 5}}, 0, 0},
	} {
		if got := test.samples.slope(); math.Abs(got-test.slope) > 1e-9 {
			t.Errorf("%s: slope %v, want %v", name, got, test.slope)
		}
		if got := test.samples.growth(); math.Abs(got-test.growth) > 1e-9 {
			t.Errorf("%s: growth %v, want %v", name, got, test.growth)
		}
	}
}

func TestTheBeginningIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		samples series
		first   time.Duration
	}{
		{hourly(9, 5, 5, 5), time.Hour}, {hourly(9, 8, 7, 5, 5, 5, 5, 5), 2 * time.Hour}, {hourly(1, 2), 0}, {hourly(1), 0},
	} {
		if got := test.samples.after(0.25); got[0].at != test.first {
			t.Errorf("of %d samples the first is that at %s, want %s", len(test.samples), got[0].at, test.first)
		}
	}
}

func TestARunTakesAnHourUnlessSomebodyAsksForMore(t *testing.T) {
	for hours, want := range map[string]time.Duration{"": time.Hour, "24": 24 * time.Hour, "none": time.Hour, "-3": time.Hour} {
		t.Setenv(HoursVariable, hours)
		if got := Length(); got != want {
			t.Errorf("%q: %s, want %s", hours, got, want)
		}
	}
}
