package peeredcluster

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// windDown takes back what we set in a cluster whose last user is gone, gives back
// the nodes in hand, and says what is left to do; empty: nothing. It is an ordinary
// pass, which finds no peering. A cluster that does not answer, and is perhaps no
// more, holds nobody up: an event says that something may be left there.
func (p *pass) windDown(ctx context.Context) (string, error) {
	status, forced := &p.object.Status, p.object.Annotations[v1alpha1.AnnotationForceFinalize] == "true"
	orphans := slices.ContainsFunc(status.Peerings, func(entry v1alpha1.ClusterPeering) bool { return entry.Orphaned })
	if status.ClusterID == "" || orphans || forced {
		return "", nil
	}
	if err := p.run(ctx); err != nil {
		return "it could not be done yet", err
	}
	if verdict, given := p.conditions.Verdict(v1alpha1.ConditionReachable); given && p.conditions.Stops(v1alpha1.ConditionReachable) {
		p.tell(corev1.EventTypeWarning, verdict.Reason, "the cluster can't be read, so what crossvpc had set in it may still be there: "+verdict.Message)
		return "", nil
	}
	return p.leftovers(), nil
}

// leftovers says what this pass still found of ours; the next may find it gone.
func (p *pass) leftovers() string {
	for _, place := range p.places() {
		if place.ours {
			return "what was set by " + place.backend + " is taken back"
		}
	}
	for i := range p.observed.nodes {
		if node := &p.observed.nodes[i]; recordOf(node) != nil {
			return "node " + node.Name + " is given back"
		}
	}
	if len(p.object.Status.Replacements) > 0 {
		return "the replacement of instance " + p.object.Status.Replacements[0].InstanceID + " is awaited"
	}
	return ""
}
