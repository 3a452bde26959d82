package metrics

import (
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// connections counts VPCPeerings by the state of their connection.
func (e emitter) connections(peerings []v1alpha1.VPCPeering) {
	count := map[string]int{v1alpha1.ReasonActive: 0}
	for i := range peerings {
		if active := meta.FindStatusCondition(peerings[i].Status.Conditions, v1alpha1.ConditionPeeringActive); active != nil {
			count[active.Reason]++
		}
	}
	for state, n := range count {
		e.gauge(connections, float64(n), state)
	}
}

// probes gives the last run of probe pods of each VPCPeering that has one.
func (e emitter) probes(peerings []v1alpha1.VPCPeering) {
	for i := range peerings {
		run := peerings[i].Status.Verification
		if run == nil || run.LastRunTime == nil {
			continue
		}
		passed := 0
		for _, result := range run.Results {
			if result.Passed {
				passed++
			}
		}
		namespace, name := peerings[i].Namespace, peerings[i].Name
		e.gauge(probeRun, seconds(run.LastRunTime.Time), namespace, name)
		e.gauge(probeResults, float64(passed), namespace, name, "Passed")
		e.gauge(probeResults, float64(len(run.Results)-passed), namespace, name, "Failed")
		for _, direction := range run.Directions {
			e.direction(namespace, name, direction)
		}
	}
}

// direction gives what was measured from one cluster to another; what was not measured is left out.
func (e emitter) direction(namespace, name string, measured v1alpha1.ProbeDirection) {
	if times := measured.ConnectMicroseconds; times != nil {
		e.gauge(probeConnect, float64(times.Median)/1e6, namespace, name, measured.From, measured.To)
	}
	if measured.Attempts > 0 {
		e.gauge(probeLoss, float64(measured.Lost)/float64(measured.Attempts), namespace, name, measured.From, measured.To)
	}
	if measured.LargestPacketBytes > 0 {
		e.gauge(probePacket, float64(measured.LargestPacketBytes), namespace, name, measured.From, measured.To)
	}
}

// nodes gives the nodes of each PeeredCluster whose nodes were counted.
func (e emitter) nodes(clusters []v1alpha1.PeeredCluster) {
	for i := range clusters {
		count := clusters[i].Status.Nodes
		if count == nil {
			continue
		}
		for state, n := range map[string]int32{
			"Current": count.Current, "Stale": count.Stale, "Split": count.Split,
			"InProgress": count.InProgress, "Blocked": count.Blocked, "Unmanaged": count.Unmanaged,
		} {
			e.gauge(nodes, float64(n), clusters[i].Name, state)
		}
	}
}
