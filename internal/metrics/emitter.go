package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// emitter gives values to whoever collects.
type emitter struct{ to chan<- prometheus.Metric }

// gauge gives one value, with the labels in the metric's order.
func (e emitter) gauge(m Metric, value float64, labels ...string) {
	e.to <- prometheus.MustNewConstMetric(m.desc(), prometheus.GaugeValue, value, labels...)
}

func oneIf(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// seconds is a time as Prometheus has it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
