package ec2

import (
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// reader renders resources as one place sees them.
type reader struct {
	*holdings
	service *Service
	place   sim.Place
	view    func(kind string) sim.View
	// tagless is true where the resources are another account's.
	tagless bool
}

// reader is how the call sees resources: with lag.
func (s *Service) reader(c *sim.Call) reader {
	return reader{holdings: s.at(c.Place), service: s, place: c.Place, view: c.View}
}

// truth is how things are at the place, without lag.
func (s *Service) truth(place sim.Place, now time.Time) reader {
	view := sim.Truth(now)
	return reader{holdings: s.at(place), service: s, place: place, view: func(string) sim.View { return view }}
}
