package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// readTimeout bounds one reading of the cache.
const readTimeout = 5 * time.Second

// statuses are those that a condition can have.
var statuses = []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown}

// objectCollector makes metrics of what status says, whenever it is asked.
type objectCollector struct {
	recorder *Recorder
	leads    func() bool
}

// Describe implements prometheus.Collector.
func (o *objectCollector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range []Metric{objects, condition, conditionInfo, conditionSince, lastSuccess, lastLook, nextLook, connections, probeResults, probeRun, probeConnect, probeLoss, probePacket, nodes} {
		to <- m.desc()
	}
}

// Collect implements prometheus.Collector. While the cache gives nothing there is nothing:
// a number that is not known is left out, and the other metrics are served.
func (o *objectCollector) Collect(to chan<- prometheus.Metric) {
	if !o.leads() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	var found cached
	if err := found.read(ctx, o.recorder.reader); err != nil {
		return
	}
	out, left := emitter{to}, map[types.UID]bool{}
	for _, kind := range Kinds() {
		o.kind(out, kind, found.of(kind), left)
	}
	o.recorder.successes.keepOnly(left)
	o.recorder.visits.keepOnly(left)
	out.connections(found.peerings.Items)
	out.probes(found.peerings.Items)
	out.nodes(found.clusters.Items)
}

// kind gives what is the same for all kinds.
func (o *objectCollector) kind(out emitter, kind string, all []Object, left map[types.UID]bool) {
	count := map[State]int{}
	for _, object := range all {
		left[object.GetUID()] = true
		count[StateOf(object)]++
		for _, c := range *object.StatusConditions() {
			out.condition(kind, object, c)
		}
		out.gauge(lastSuccess, seconds(o.recorder.successes.last(object)), kind, object.GetNamespace(), object.GetName())
		out.visit(kind, object, o.recorder.visits.last(object))
	}
	for _, state := range States() {
		out.gauge(objects, float64(count[state]), kind, string(state))
	}
}

// visit gives when an object was looked at, and is to be looked at next; what is not known is left out.
func (e emitter) visit(kind string, object Object, is visit) {
	if !is.at.IsZero() {
		e.gauge(lastLook, seconds(is.at), kind, object.GetNamespace(), object.GetName())
	}
	if !is.due.IsZero() {
		e.gauge(nextLook, seconds(is.due), kind, object.GetNamespace(), object.GetName())
	}
}

func (e emitter) condition(kind string, object Object, c metav1.Condition) {
	namespace, name := object.GetNamespace(), object.GetName()
	for _, status := range statuses {
		e.gauge(condition, oneIf(c.Status == status), kind, namespace, name, c.Type, string(status))
	}
	e.gauge(conditionInfo, 1, kind, namespace, name, c.Type, c.Reason)
	e.gauge(conditionSince, seconds(c.LastTransitionTime.Time), kind, namespace, name, c.Type)
}
