package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout/turn"
)

// standingOf is how a cluster stands among the others. One that is being deleted, or that
// cannot be reached, starts no further node.
func (c *configuration) standingOf(other *v1alpha1.PeeredCluster) turn.Cluster {
	is := turnOf(other)
	reachable := meta.FindStatusCondition(other.Status.Conditions, v1alpha1.ConditionReachable)
	away := reachable != nil && reachable.Status != metav1.ConditionTrue
	switch {
	case away && is.Idle.IsZero():
		is.Idle = reachable.LastTransitionTime.Time
	case other.DeletionTimestamp != nil && is.Idle.IsZero():
		is.Idle = other.DeletionTimestamp.Time
	}
	standing := turn.Cluster{
		Name: other.Name, After: afterOf(other), Unfinished: unfinished(other),
		Rolls: is.Holds(c.start, inProgress(other), deadlineOf(other)),
	}
	if is.State == v1alpha1.TurnQueued && !away && other.DeletionTimestamp == nil {
		standing.Queued = is.Since
	}
	return standing
}

// unfinished says how far a cluster is whose nodes are not all up to date; empty: they are, or
// crossvpc does not renew them.
func unfinished(other *v1alpha1.PeeredCluster) string {
	if !renews(other) {
		return ""
	}
	upToDate := meta.FindStatusCondition(other.Status.Conditions, v1alpha1.ConditionNodesUpToDate)
	switch {
	case upToDate == nil:
		return "crossvpc has not looked at it yet"
	case upToDate.Status != metav1.ConditionTrue && other.Status.Nodes != nil:
		return fmt.Sprintf("%d of %d nodes, %s", other.Status.Nodes.Current, other.Status.Nodes.Total, upToDate.Reason)
	case upToDate.Status != metav1.ConditionTrue:
		return upToDate.Reason
	case upToDate.ObservedGeneration < other.Generation:
		return "its spec has just changed"
	default:
		return ""
	}
}

// uncounted names a peering that a cluster takes part in and has not counted as it is now: its nodes
// are up to date with what was before.
func (t turns) uncounted(ctx context.Context, other *v1alpha1.PeeredCluster, peerings []v1alpha1.VPCPeering) (string, error) {
	for i := range peerings {
		peering := &peerings[i]
		peer, named := peerOf(peering, other.Name)
		if !named || !renews(other) {
			continue
		}
		known := find(other.Status.Peerings, peering)
		wanted := entryOf(peering, peer, known, other.Name)
		if wanted == nil || known != nil && slices.Equal(wanted.CIDRBlocks, known.CIDRBlocks) {
			continue
		}
		counts, err := countsFor(ctx, t.hub, peering, other)
		if err != nil {
			return "", err
		}
		if counts {
			return "it does not count VPCPeering " + peering.Namespace + "/" + peering.Name + " yet", nil
		}
	}
	return "", nil
}

// renews reports whether crossvpc renews the nodes of a cluster.
func renews(cluster *v1alpha1.PeeredCluster) bool {
	return cluster.Spec.Rollout.Strategy != v1alpha1.RolloutOnDelete && cluster.Spec.Cilium.Strategy != v1alpha1.CiliumNone
}

func afterOf(cluster *v1alpha1.PeeredCluster) []string {
	names := make([]string, 0, len(cluster.Spec.Rollout.After))
	for _, ref := range cluster.Spec.Rollout.After {
		names = append(names, ref.Name)
	}
	return names
}

// judgeOrder says what is wrong with spec.rollout.after, also while no node is to be renewed.
func (r *Reconciler) judgeOrder(ctx context.Context, s *subject) (string, error) {
	if len(s.Object.Spec.Rollout.After) == 0 {
		return "", nil
	}
	var all v1alpha1.PeeredClusterList
	if err := r.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil {
		return "", fmt.Errorf("listing PeeredClusters: %w", err)
	}
	clusters := []turn.Cluster{{Name: s.Object.Name, After: afterOf(s.Object)}}
	for i := range all.Items {
		if all.Items[i].Name != s.Object.Name {
			clusters = append(clusters, turn.Cluster{Name: all.Items[i].Name, After: afterOf(&all.Items[i])})
		}
	}
	return turn.Invalid(s.Object.Name, clusters), nil
}
