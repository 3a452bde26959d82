package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// drift counts repairs of what somebody else removed or changed.
type drift struct{ writes *prometheus.CounterVec }

// drifting are the kinds of things that steps put back, by the step's condition.
var drifting = map[string]string{
	v1alpha1.ConditionRoutesReady:         "Route",
	v1alpha1.ConditionSecurityGroupsReady: "SecurityGroupRule",
}

// newDrift is at 0 for each kind: the first repair is an increase, too.
func newDrift() *drift {
	d := &drift{writes: driftRepaired.counter()}
	for _, kind := range drifting {
		d.writes.WithLabelValues(kind)
	}
	return d
}

func (d *drift) repaired(condition string, writes int) {
	if kind, ok := drifting[condition]; ok {
		d.writes.WithLabelValues(kind).Add(float64(writes))
	}
}
