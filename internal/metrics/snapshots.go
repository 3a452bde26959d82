package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/crossvpc/crossvpc/internal/aws"
)

// snapshots tells how old the shared readings of AWS are.
type snapshots struct{ read func() []aws.Reading }

// Describe implements prometheus.Collector.
func (snapshots) Describe(to chan<- *prometheus.Desc) { to <- snapshotTaken.desc() }

// Collect implements prometheus.Collector.
func (s snapshots) Collect(to chan<- prometheus.Metric) {
	for _, reading := range s.read() {
		emitter{to}.gauge(snapshotTaken, seconds(reading.At), reading.Identity, reading.Account, reading.Region, reading.Kind)
	}
}
