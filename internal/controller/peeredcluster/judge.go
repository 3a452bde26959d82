package peeredcluster

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// findings is what the steps found out. A step that was not reached says nothing.
type findings struct {
	reachable  *verdict.Verdict
	network    *verdict.Verdict
	configured configured
	nodes      *verdict.Verdict
	// object is what was found out about the object itself, and is no step's.
	object *verdict.Verdict
}

// reached reports whether the cluster was found, and read.
func (f findings) reached() bool {
	return f.reachable != nil && f.reachable.Progress.Fulfilled()
}

// judge is the one place that sets the conditions of the steps.
func (f findings) judge() *conditions.Report {
	report := conditions.NewReport(v1alpha1.PeeredClusterSteps()...)
	for condition, judged := range map[string]*verdict.Verdict{
		v1alpha1.ConditionReachable:        f.reachable,
		v1alpha1.ConditionNetworkConfirmed: f.network,
		v1alpha1.ConditionCiliumConfigured: f.configured.judge(),
		v1alpha1.ConditionNodesUpToDate:    f.nodes,
	} {
		if judged != nil {
			report.Judge(condition, *judged)
		}
	}
	if f.object != nil {
		report.Besides(f.object.Progress, f.object.Reason, f.object.Message)
	}
	return report
}
