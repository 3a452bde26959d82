package peeredcluster

import (
	"context"
	"fmt"
	"net/netip"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// selectionOf reads whom the value of a revision reaches now.
func (p *pass) selectionOf(revision string) rollout.RevisionSelection {
	for _, own := range p.observed.OwnRevisions() {
		if cilium.RevisionOf(own.CIDR) == revision {
			return rollout.RevisionSelection{Revision: revision, Selection: own.Selection}
		}
	}
	return rollout.RevisionSelection{Revision: revision}
}

// writeSelection has a revision reach just the nodes of the selection. Older
// revisions go once the newest holds nobody back.
func (p *pass) writeSelection(ctx context.Context, selection rollout.RevisionSelection) error {
	switch p.backend() {
	case backendManual:
		return nil
	case backendConfigMap:
		return p.writeUnheld(ctx, selection)
	}
	var revisions []cilium.Revision
	for _, own := range p.observed.OwnRevisions() {
		if cilium.RevisionOf(own.CIDR) != selection.Revision && !selection.ReachesAll() {
			revisions = append(revisions, own)
		}
	}
	if value := p.valueOf(selection.Revision); value.IsValid() {
		revisions = append(revisions, cilium.Revision{CIDR: value, Selection: selection.Selection})
	}
	return p.writeRevisions(ctx, revisions)
}

// valueOf is the value of a revision: the one decided on, or one that is live.
func (p *pass) valueOf(revision string) netip.Prefix {
	if revision == p.decision.Revision {
		return p.decision.CIDR
	}
	if applied := p.observed.Facts.Applied; cilium.RevisionOf(applied) == revision {
		return applied
	}
	for _, own := range p.observed.OwnRevisions() {
		if cilium.RevisionOf(own.CIDR) == revision {
			return own.CIDR
		}
	}
	return netip.Prefix{}
}

// writeRevisions makes the objects be what the revisions call for. What somebody
// else has under a name of ours is not touched (C4).
func (p *pass) writeRevisions(ctx context.Context, revisions []cilium.Revision) error {
	namespace := p.object.Spec.Cilium.Namespace
	changes := cilium.Changes(p.owner(), p.observed.Install.Objects.NodeConfigs, cilium.NodeConfigs(p.owner(), namespace, revisions))
	if len(changes.Taken) > 0 {
		return fmt.Errorf("CiliumNodeConfig %s %w", changes.Taken[0].Metadata.Name, errTaken)
	}
	for _, config := range changes.Apply {
		if err := p.writeNodeConfig(ctx, config); err != nil {
			return err
		}
	}
	for _, config := range changes.Delete {
		if err := p.deleteNodeConfig(ctx, config); err != nil {
			return err
		}
	}
	return nil
}

// writeNodeConfig creates an object of ours, or replaces it whole under an
// optimistic lock: a merge would leave half of an edited selector in place.
func (p *pass) writeNodeConfig(ctx context.Context, config cilium.NodeConfig) error {
	desired, err := config.Unstructured(p.observed.NodeConfigVersion)
	if err != nil {
		return err
	}
	if err := p.replace(ctx, desired); err != nil {
		return fmt.Errorf("writing CiliumNodeConfig %s: %w", config.Metadata.Name, err)
	}
	return nil
}

// replace creates an object of ours or replaces it whole, under an optimistic lock.
func (p *pass) replace(ctx context.Context, desired *unstructured.Unstructured) error {
	kube := p.connection.Client
	current := &unstructured.Unstructured{}
	current.SetGroupVersionKind(desired.GroupVersionKind())
	err := kube.Get(ctx, client.ObjectKeyFromObject(desired), current)
	switch {
	case apierrors.IsNotFound(err):
		return kube.Create(ctx, desired)
	case err != nil:
		return err
	}
	desired.SetResourceVersion(current.GetResourceVersion())
	return kube.Update(ctx, desired)
}

func (p *pass) deleteNodeConfig(ctx context.Context, config cilium.NodeConfig) error {
	object, err := config.Unstructured(p.observed.NodeConfigVersion)
	if err != nil {
		return err
	}
	uid := types.UID(config.Metadata.UID)
	err = p.connection.Client.Delete(ctx, object, client.Preconditions(metav1.Preconditions{UID: &uid}))
	if err = client.IgnoreNotFound(err); err != nil {
		return fmt.Errorf("deleting CiliumNodeConfig %s: %w", config.Metadata.Name, err)
	}
	return nil
}
