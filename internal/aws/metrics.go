package aws

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
)

// Call is one request to AWS, each retry being one of its own.
type Call struct {
	// Service is the SDK's service id: "EC2", "STS", "EKS", "Auto Scaling".
	Service   string
	Operation string
	Region    string
	// Code is "OK", AWS's error code, or "NoAnswer".
	Code     string
	Duration time.Duration
}

// Observer is told of requests.
type Observer interface {
	Observe(call Call)
}

// Metrics is an Observer that counts and times requests for Prometheus.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewMetrics makes the metrics and registers them; it panics when they are
// registered there already.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crossvpc_aws_requests_total",
			Help: "Requests sent to AWS, retries included, by service, operation, region and error code.",
		}, []string{"service", "operation", "region", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "crossvpc_aws_request_duration_seconds",
			Help:    "How long requests to AWS took, without the wait for the rate limiter.",
			Buckets: []float64{.025, .05, .1, .25, .5, 1, 2.5, 5, 15},
		}, []string{"service", "operation", "region"}),
	}
	registry.MustRegister(m.requests, m.duration)
	return m
}

// DefaultMetrics registers with controller-runtime's registry, once in a process.
func DefaultMetrics() *Metrics { return NewMetrics(ctrlmetrics.Registry) }

// Observe implements Observer.
func (m *Metrics) Observe(call Call) {
	m.requests.WithLabelValues(call.Service, call.Operation, call.Region, call.Code).Inc()
	m.duration.WithLabelValues(call.Service, call.Operation, call.Region).Observe(call.Duration.Seconds())
}
