package metrics

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/aws"
)

// Sources are where metrics come from.
type Sources struct {
	// Cache has our objects.
	Cache client.Reader
	// Elected is closed once this replica leads.
	Elected <-chan struct{}
	// Readings says when AWS was last read.
	Readings func() []aws.Reading
	Clock    clock.PassiveClock
}

// Register adds all metrics but those of requests to AWS, and returns what controllers tell of.
func Register(registry prometheus.Registerer, from Sources) (*Recorder, error) {
	leads := Leads(from.Elected)
	recorder := &Recorder{
		reader:    from.Cache,
		successes: &successes{clock: from.Clock, at: map[types.UID]time.Time{}},
		visits:    &visits{clock: from.Clock, began: from.Clock.Now(), of: map[types.UID]visit{}},
		drift:     newDrift(),
	}
	collectors := append(process(leads), recorder.drift.writes, snapshots{from.Readings},
		&objectCollector{recorder: recorder, leads: leads})
	for _, collector := range collectors {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("registering metrics: %w", err)
		}
	}
	return recorder, nil
}
