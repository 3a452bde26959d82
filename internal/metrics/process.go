package metrics

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/crossvpc/crossvpc/internal/version"
)

// Leads tells whether this replica is the one that acts: from when elected is closed until
// the process ends.
func Leads(elected <-chan struct{}) func() bool {
	return func() bool {
		select {
		case <-elected:
			return true
		default:
			return false
		}
	}
}

// process says what runs here.
func process(leads func() bool) []prometheus.Collector {
	build := buildInfo.gauge()
	build.WithLabelValues(version.String(), runtime.Version()).Set(1)
	return []prometheus.Collector{
		build,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: leader.Name, Help: leader.Help}, func() float64 { return oneIf(leads()) }),
	}
}
