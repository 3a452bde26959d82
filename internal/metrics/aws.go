package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/crossvpc/crossvpc/internal/aws"
)

// Requests counts and times requests to AWS; it is an aws.Observer.
type Requests struct {
	requests  *prometheus.CounterVec
	throttles *prometheus.CounterVec
	duration  *prometheus.HistogramVec
}

// NewRequests makes the metrics and registers them; it panics when they are registered
// there already.
func NewRequests(registry prometheus.Registerer) *Requests {
	r := &Requests{
		requests:  awsRequests.counter(),
		throttles: awsThrottles.counter(),
		duration:  awsDuration.histogram(.025, .05, .1, .25, .5, 1, 2.5, 5, 15),
	}
	registry.MustRegister(r.requests, r.throttles, r.duration)
	return r
}

// Observe implements aws.Observer.
func (r *Requests) Observe(call aws.Call) {
	r.requests.WithLabelValues(call.Service, call.Operation, call.Region, call.Account, call.Code).Inc()
	r.duration.WithLabelValues(call.Service, call.Operation, call.Region, call.Account).Observe(call.Duration.Seconds())
	throttles := r.throttles.WithLabelValues(call.Service, call.Operation, call.Region, call.Account) // there from the start, at 0
	if call.Throttled {
		throttles.Inc()
	}
}
