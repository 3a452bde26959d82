package metrics

import "github.com/prometheus/client_golang/prometheus"

// Type is what Prometheus may do with a metric.
type Type string

// The types that crossvpc has.
const (
	Gauge     Type = "gauge"
	Counter   Type = "counter"
	Histogram Type = "histogram"
)

// Metric describes one metric. Name and labels are API: dashboards and alerts rest on them.
type Metric struct {
	Name string
	Type Type
	// Unit of the value, as people say it.
	Unit string
	// Help is one sentence.
	Help string
	// Labels, in the order in which values are given.
	Labels []string
	// Bound says how many series there are at most.
	Bound string
}

// desc is the metric as Prometheus' library wants it described.
func (m Metric) desc() *prometheus.Desc {
	return prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
}

func (m Metric) gauge() *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.Labels)
}

func (m Metric) counter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
}

func (m Metric) histogram(buckets ...float64) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.Name, Help: m.Help, Buckets: buckets}, m.Labels)
}
