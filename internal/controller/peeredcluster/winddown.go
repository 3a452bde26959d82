package peeredcluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// unreachablePatience is how long after its deletion a cluster that does not answer
// is waited for: an API server that is being upgraded is back by then.
const unreachablePatience = 10 * time.Minute

// windDown takes back what we set in a cluster whose last user is gone, gives back
// the nodes in hand, and says what is left to do; empty: nothing. It is an ordinary
// pass, which finds no peering, or, where orphans stay, one that starts on no node.
// A cluster that is perhaps no more holds nobody up for ever: an event says that
// something may be left there.
func (p *pass) windDown(ctx context.Context) (string, error) {
	status, forced := &p.object.Status, p.object.Annotations[v1alpha1.AnnotationForceFinalize] == "true"
	if status.ClusterID == "" || forced {
		return "", nil
	}
	p.windingDown = true
	if err := p.run(ctx); err != nil {
		return "it could not be done yet", err
	}
	if verdict, given := p.conditions.Verdict(v1alpha1.ConditionReachable); given && p.conditions.Stops(v1alpha1.ConditionReachable) {
		return p.unreachable(verdict.Reason, verdict.Message), nil
	}
	orphans := slices.ContainsFunc(status.Peerings, func(entry v1alpha1.ClusterPeering) bool { return entry.Orphaned })
	if orphans {
		return p.inHand(func(record *rollout.Record) bool { return record.Held() }), nil
	}
	return p.leftovers(), nil
}

// unreachable waits for a cluster that may come back, and then gives up.
func (p *pass) unreachable(reason, message string) string {
	until := p.object.DeletionTimestamp.Add(unreachablePatience)
	if p.start.Before(until) {
		p.comeAgain(unreachableRetry)
		return fmt.Sprintf("the cluster can't be read (%s); waited for until %s, or until the annotation %s is \"true\"",
			message, until.UTC().Format(time.RFC3339), v1alpha1.AnnotationForceFinalize)
	}
	p.tell(corev1.EventTypeWarning, reason, "the cluster can't be read, so what crossvpc had set in it may still be there: "+message)
	return ""
}

// leftovers says what this pass still found of ours; the next may find it gone.
func (p *pass) leftovers() string {
	for _, place := range p.backends().All() {
		if place.Ours() {
			return "what was set by " + place.Name() + " is taken back"
		}
	}
	return p.inHand(func(*rollout.Record) bool { return true })
}

// inHand names a node with such a record, or a replacement under way.
func (p *pass) inHand(counts func(*rollout.Record) bool) string {
	for i := range p.observed.Nodes {
		node := &p.observed.Nodes[i]
		if record := clusterview.RecordOf(node); record != nil && counts(record) {
			return "node " + node.Name + " is given back"
		}
	}
	if len(p.object.Status.Replacements) > 0 {
		return "the replacement of instance " + p.object.Status.Replacements[0].InstanceID + " is awaited"
	}
	return ""
}
