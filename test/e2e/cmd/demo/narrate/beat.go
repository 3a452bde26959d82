package narrate

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"time"
)

// Beat tells what is being done where there is no terminal and nothing was written for a while: who reads a pipe cannot
// tell patience from a fault otherwise. It ends with the context.
func (s *Screen) Beat(ctx context.Context, quiet time.Duration) {
	if s.live {
		return
	}
	began := time.Now()
	ticker := time.NewTicker(quiet / 10)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			s.beat(now, began, quiet)
		}
	}
}

func (s *Screen) beat(now, began time.Time, quiet time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resting || now.Sub(s.said) < quiet {
		return
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s (%.0f s since the start)\n", cmp.Or(s.doing, "  … still at work"), now.Sub(began).Seconds())
	s.flush(&text)
}
