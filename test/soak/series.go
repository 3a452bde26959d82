package soak

import "time"

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

// slope is the growth in an hour, by least squares: one sample that is off, as by a collection that came late, moves it little.
func (s series) slope() float64 {
	var x, y float64
	for _, one := range s {
		x, y = x+one.at.Hours()/float64(len(s)), y+one.value/float64(len(s))
	}
	var covariance, variance float64
	for _, one := range s {
		dx := one.at.Hours() - x
		covariance, variance = covariance+dx*(one.value-y), variance+dx*dx
	}
	if variance == 0 {
		return 0
	}
	return covariance / variance
}

// growth is what the trend adds from the first sample to the last.
func (s series) growth() float64 { return s.slope() * s.length().Hours() }
