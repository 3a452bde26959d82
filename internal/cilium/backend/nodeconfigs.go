package backend

import (
	"context"
	"fmt"
	"maps"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
)

// NodeConfigs has a CiliumNodeConfig of ours for each revision that is live.
type NodeConfigs struct{ cluster Cluster }

// Name is CiliumNodeConfig.
func (NodeConfigs) Name() string { return CiliumNodeConfig }

// Ours reports whether an object of ours sets a value.
func (b NodeConfigs) Ours() bool { return len(b.cluster.Own) > 0 }

// CanHoldBack is true: each object selects its nodes.
func (NodeConfigs) CanHoldBack() bool { return true }

// TakenBackBy is empty: what is deleted or edited is written again.
func (NodeConfigs) TakenBackBy(Memory) string { return "" }

// Withdraw deletes every object of ours.
func (b NodeConfigs) Withdraw(ctx context.Context) error { return b.WriteRevisions(ctx, nil) }

// Write has a value reach just the nodes of the selection. Older revisions go once the
// newest holds nobody back.
func (b NodeConfigs) Write(ctx context.Context, wanted Wanted) error {
	var revisions []cilium.Revision
	for _, own := range b.cluster.Own {
		if own.CIDR != wanted.Value && !wanted.Selection.ReachesAll() {
			revisions = append(revisions, own)
		}
	}
	if wanted.Value.IsValid() {
		revisions = append(revisions, cilium.Revision{CIDR: wanted.Value, Selection: wanted.Selection})
	}
	return b.WriteRevisions(ctx, revisions)
}

// WriteRevisions makes the objects be what the revisions call for. What somebody else
// has under a name of ours is not touched (C4).
func (b NodeConfigs) WriteRevisions(ctx context.Context, revisions []cilium.Revision) error {
	install := b.cluster.Install
	changes := cilium.Changes(install.Owner, install.Objects.NodeConfigs, cilium.NodeConfigs(install.Owner, install.Namespace, revisions))
	if len(changes.Taken) > 0 {
		return fmt.Errorf("CiliumNodeConfig %s %w", changes.Taken[0].Metadata.Name, ErrTaken)
	}
	for _, config := range changes.Apply {
		if err := b.write(ctx, config); err != nil {
			return err
		}
	}
	for _, config := range changes.Delete {
		if err := b.delete(ctx, config); err != nil {
			return err
		}
	}
	return nil
}

// write replaces an object whole: a merge would leave half of an edited selector in place.
func (b NodeConfigs) write(ctx context.Context, config cilium.NodeConfig) error {
	config.Metadata.Annotations = maps.Clone(config.Metadata.Annotations)
	config.Metadata.Annotations[cilium.AnnotationHistory] = b.cluster.History
	desired, err := config.Unstructured(b.cluster.NodeConfigVersion)
	if err != nil {
		return err
	}
	if err := cluster.Replace(ctx, b.cluster.Client, desired); err != nil {
		return fmt.Errorf("writing CiliumNodeConfig %s: %w", config.Metadata.Name, err)
	}
	return nil
}

// KeepHistory writes the history to the objects of ours that have an older one. One that an earlier
// version wrote has none until something else calls for a write: an upgrade alone changes nothing.
func (b NodeConfigs) KeepHistory(ctx context.Context) error {
	for _, config := range b.cluster.Install.Objects.NodeConfigs {
		was, has := config.Metadata.Annotations[cilium.AnnotationHistory]
		whose := b.cluster.Install.Owner.Classify(config)
		if !has || was == b.cluster.History || whose != cilium.OwnershipOurs && whose != cilium.OwnershipPredecessor {
			continue
		}
		if err := b.write(ctx, config); err != nil {
			return err
		}
	}
	return nil
}

func (b NodeConfigs) delete(ctx context.Context, config cilium.NodeConfig) error {
	object, err := config.Unstructured(b.cluster.NodeConfigVersion)
	if err != nil {
		return err
	}
	if err := cluster.DeleteExact(ctx, b.cluster.Client, object); err != nil {
		return fmt.Errorf("deleting CiliumNodeConfig %s: %w", config.Metadata.Name, err)
	}
	return nil
}
