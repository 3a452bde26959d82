package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// inherited: what is set in the cluster was only kept, and is for another PeeredCluster to take up: one of the name that it was set
// for, or one that is refused because this one has the cluster. Such is PeeredCluster/local, which crossvpc makes in a new hub
// that is a restored PeeredCluster as well: its deletion withdraws nothing (A11).
func (r *Reconciler) inherited(ctx context.Context, s *subject) (bool, error) {
	if !s.neverNeeded() {
		return false, nil
	}
	var all v1alpha1.PeeredClusterList
	if err := r.Live.List(ctx, &all); err != nil {
		return false, fmt.Errorf("listing PeeredClusters: %w", err)
	}
	waiting := slices.DeleteFunc(all.Items, func(other v1alpha1.PeeredCluster) bool {
		return other.UID == s.Object.UID || other.Status.ClusterID != "" || !other.DeletionTimestamp.IsZero()
	})
	if len(waiting) == 0 {
		return false, nil
	}
	names, refused := r.keptFor(ctx, s), duplicateOf(s.Object).Message
	return slices.ContainsFunc(waiting, func(other v1alpha1.PeeredCluster) bool {
		reachable := meta.FindStatusCondition(other.Status.Conditions, v1alpha1.ConditionReachable)
		return slices.Contains(names, other.Name) || reachable != nil && reachable.Message == refused
	}), nil
}

// keptFor names the PeeredClusters that CiliumNodeConfigs of ours were written for. Why a cluster cannot be read, the steps tell.
func (r *Reconciler) keptFor(ctx context.Context, s *subject) (names []string) {
	reacher := r.reacher()
	reacher.readOnly = true
	c, err := reacher.reach(ctx, s, &findings{})
	if err != nil || c == nil {
		return nil
	}
	for _, config := range c.view.Install.Objects.NodeConfigs {
		if s.owner.Classify(config).Ours() {
			names = append(names, config.Metadata.Annotations[cilium.AnnotationPeeredCluster])
		}
	}
	return names
}
