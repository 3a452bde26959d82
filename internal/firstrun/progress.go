package firstrun

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// progress is how far the nodes of a cluster are for the peering.
type progress struct {
	done bool
	// reason of the condition that is not true yet, and what it says.
	reason, now string
	// paused: no further node is begun, now or with the next value.
	paused bool
}

// nodes reads how far a cluster's nodes are.
func (r *run) nodes(ctx context.Context, s *side) (progress, error) {
	cluster := &v1alpha1.PeeredCluster{}
	if err := r.living(ctx, named{"PeeredCluster", cluster, client.ObjectKey{Name: s.object}}); err != nil {
		return progress{}, err
	}
	p, err := progressOf(cluster, client.ObjectKey{Namespace: r.Namespace, Name: r.peering()})
	p.paused = cluster.Spec.Rollout.Paused
	return p, err
}

// progressOf says how far the nodes are; an error says that they do not get on without a person.
func progressOf(cluster *v1alpha1.PeeredCluster, peering client.ObjectKey) (progress, error) {
	if cluster.Status.ObservedGeneration != cluster.Generation {
		return progress{now: notSeen(cluster.Name)}, nil
	}
	for _, kind := range []string{v1alpha1.ConditionReachable, v1alpha1.ConditionCiliumConfigured, v1alpha1.ConditionNodesUpToDate} {
		condition := meta.FindStatusCondition(cluster.Status.Conditions, kind)
		switch {
		case condition == nil:
			return progress{now: kind + " is not known yet."}, nil
		case condition.Status == metav1.ConditionTrue:
			continue
		}
		p := progress{reason: condition.Reason, now: condition.Reason + ": " + condition.Message}
		if view.Cluster(cluster).State == view.Bad {
			return p, stuck("PeeredCluster " + cluster.Name + ": " + p.now)
		}
		return p, nil
	}
	for _, known := range cluster.Status.Peerings {
		if known.Namespace == peering.Namespace && known.Name == peering.Name {
			return progress{done: true, now: "All nodes run the value, or need none."}, nil
		}
	}
	return progress{now: "PeeredCluster " + cluster.Name + " has not taken up the peering yet."}, nil
}

// isIdle waits, after a pause, until the nodes that were begun are done: a pause starts no further one.
func (r *run) isIdle(s *side) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		cluster := &v1alpha1.PeeredCluster{}
		if err := r.hub.kube.Get(ctx, client.ObjectKey{Name: s.object}, cluster); err != nil {
			return ignoreMissing(err) == nil, "", ignoreMissing(err)
		}
		idle, now := idle(cluster)
		return idle, now, nil
	}
}

// idle says whether no node is being renewed, as far as anybody can tell.
func idle(cluster *v1alpha1.PeeredCluster) (is bool, now string) {
	reachable := meta.FindStatusCondition(cluster.Status.Conditions, v1alpha1.ConditionReachable)
	switch nodes := cluster.Status.Nodes; {
	case cluster.Status.ObservedGeneration != cluster.Generation:
		return false, notSeen(cluster.Name)
	case reachable != nil && reachable.Status == metav1.ConditionFalse:
		return true, fmt.Sprintf("The cluster is not reached (%s), so whether a node is being renewed is not known: %s", reachable.Reason, reachable.Message)
	case nodes != nil && nodes.InProgress > 0:
		return false, fmt.Sprintf("Cluster %s is still being updated: %s in progress. It is finished first.", cluster.Name, message.Count(int(nodes.InProgress), "node"))
	}
	return true, ""
}

func notSeen(cluster string) string {
	return "The operator has not seen the last change of PeeredCluster " + cluster + " yet."
}

// isSeen waits until the operator has seen the cluster's spec: before, an approval would be refused.
func (r *run) isSeen(s *side) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		cluster := &v1alpha1.PeeredCluster{}
		err := r.living(ctx, named{"PeeredCluster", cluster, client.ObjectKey{Name: s.object}})
		if err != nil || cluster.Status.ObservedGeneration != cluster.Generation {
			return false, notSeen(s.object), err
		}
		return true, "", nil
	}
}
