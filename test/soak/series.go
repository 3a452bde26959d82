package soak

import (
	"slices"
	"time"
)

// sample is what was measured at a point of simulated time.
type sample struct {
	at    time.Duration
	value float64
}

// series are samples in the order of time.
type series []sample

// after leaves out the first part; at least two samples stay where there are so many.
func (s series) after(part float64) series {
	return s[min(int(part*float64(len(s))), max(len(s)-2, 0)):]
}

func (s series) length() time.Duration { return s[len(s)-1].at - s[0].at }

// slope is the growth in an hour: the median of the slopes between any two samples (Theil and Sen). A sample that is off moves it
// little wherever it is: a stream that is opened again in that moment takes goroutines, or is missing among the watches. The last
// of five would move that of least squares by four fifths of what it is off.
func (s series) slope() float64 {
	var slopes []float64
	for i, one := range s {
		for _, later := range s[i+1:] {
			if hours := (later.at - one.at).Hours(); hours > 0 {
				slopes = append(slopes, (later.value-one.value)/hours)
			}
		}
	}
	if len(slopes) == 0 {
		return 0
	}
	slices.Sort(slopes)
	return (slopes[(len(slopes)-1)/2] + slopes[len(slopes)/2]) / 2
}

// growth is what the trend adds from the first sample to the last.
func (s series) growth() float64 { return s.slope() * s.length().Hours() }
