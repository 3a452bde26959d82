package peeredcluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// windDown withdraws what we set in a cluster whose last user is gone, releases
// the nodes in progress, and says what is left to do; empty: nothing. It is an ordinary
// reconciliation, which finds no peering, or, where orphans stay, one that starts on no node.
// A cluster that may be gone does not block deletion forever: an event says that
// something may be left there.
func (r *Reconciler) windDown(ctx context.Context, s *subject) (findings, string, error) {
	status, forced := &s.Object.Status, s.Object.Annotations[v1alpha1.AnnotationForceFinalize] == "true"
	if status.ClusterID == "" || forced {
		return findings{}, "", nil
	}
	var err error
	if s.takenUp, err = r.awaits(ctx, s); err != nil {
		return findings{}, "the last attempt failed", err
	}
	if s.takenUp && s.neverNeeded() {
		return findings{}, "", nil
	}
	found, c, err := r.takeSteps(ctx, s, startNone)
	switch {
	case err != nil:
		return found, "the last attempt failed", err
	case !found.reached():
		return found, s.notReached(found), nil
	case slices.ContainsFunc(status.Peerings, func(entry v1alpha1.ClusterPeering) bool { return entry.Orphaned }):
		return found, c.unfinished(func(record *rollout.Record) bool { return record.Held() }), nil
	default:
		return found, c.leftovers(), nil
	}
}

// notReached says what a deletion waits for where the cluster was not read. Somebody who
// wrote at the same moment leaves no finding: the next reconciliation looks again.
func (s *subject) notReached(found findings) string {
	if found.reachable == nil {
		return "somebody else wrote at the same moment; crossvpc tries again"
	}
	return s.unreachable(*found.reachable)
}

// unreachable waits for a cluster that may come back, and then gives up.
func (s *subject) unreachable(why verdict.Verdict) string {
	if s.memory.deletionSeen.IsZero() {
		s.memory.deletionSeen = s.start
	}
	until := s.memory.deletionSeen.Add(unreachablePatience)
	if s.start.Before(until) {
		s.Within(afterUnreachable)
		return fmt.Sprintf("the cluster cannot be read (%s); crossvpc waits until %s, or until the annotation %s is \"true\"",
			strings.TrimSuffix(why.Message, "."), until.UTC().Format(time.RFC3339), v1alpha1.AnnotationForceFinalize)
	}
	s.events.Warn(why.Reason, action, "The cluster cannot be read, so what crossvpc had set in it may still be there: "+why.Message)
	return ""
}

// leftovers says what this reconciliation still found of ours; the next may find it gone.
func (c *configuration) leftovers() string {
	for _, place := range c.backends().All() {
		if place.Ours() {
			return "the backend " + place.Name() + " still withdraws its configuration"
		}
	}
	if c.groupsLeft == nil || *c.groupsLeft {
		return "its CiliumCIDRGroups are not all deleted"
	}
	return c.unfinished(func(*rollout.Record) bool { return true })
}

// unfinished names a node with such a record, or a replacement in progress.
func (c *configuration) unfinished(counts func(*rollout.Record) bool) string {
	for i := range c.view.Nodes {
		node := &c.view.Nodes[i]
		if record := clusterview.RecordOf(node); record != nil && counts(record) {
			return "node " + node.Name + " is still being released"
		}
	}
	if len(c.Object.Status.Replacements) > 0 {
		return "the replacement of instance " + c.Object.Status.Replacements[0].InstanceID + " is not complete"
	}
	return ""
}
