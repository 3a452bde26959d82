package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidrgroup"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// awaits: what an earlier PeeredCluster set in the cluster is for another one to take up: one of the name that it was set
// for, or one that is refused because this one has the cluster. Such is PeeredCluster/local, which crossvpc makes in a new hub
// that is a restored PeeredCluster as well: its deletion withdraws nothing that it only kept (A11).
func (r *Reconciler) awaits(ctx context.Context, s *subject) (bool, error) {
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

// keptFor names the PeeredClusters that CiliumNodeConfigs and CiliumCIDRGroups of ours were written for. Why a cluster cannot be read, the steps tell.
func (r *Reconciler) keptFor(ctx context.Context, s *subject) (names []string) {
	reacher := r.reacher()
	reacher.readOnly = true
	c, err := reacher.reach(ctx, s, &findings{})
	if err != nil || c == nil {
		return nil
	}
	names, _ = cidrgroup.Written(ctx, c.connection.Client, c.owner) // who may not see them wants none
	for _, config := range c.view.Install.Objects.NodeConfigs {
		if s.owner.Classify(config).Ours() {
			names = append(names, config.Metadata.Annotations[cilium.AnnotationPeeredCluster])
		}
	}
	return names
}
