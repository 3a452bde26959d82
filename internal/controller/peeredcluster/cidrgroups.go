package peeredcluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// applyGroups keeps a CiliumCIDRGroup for each peering, where that is asked for, and
// none where it is not. It comes last: no traffic depends on it.
func (p *pass) applyGroups(ctx context.Context) error {
	if !p.decided() || p.conditions.Stops(v1alpha1.ConditionReachable) || p.groupsDone() {
		return nil
	}
	version, existing, err := p.readGroups(ctx)
	if err != nil {
		return p.orSoon(err)
	}
	if version == "" {
		p.missGroups("CiliumCIDRGroup", "the cluster serves no such kind; install Cilium's definitions, or set spec.cilium.cidrGroups to Disabled", v1alpha1.ReasonMissing)
		return nil
	}
	var desired []cilium.CIDRGroup
	if p.wantsGroups() {
		desired = cilium.CIDRGroups(p.owner(), asPeers(p.object.Status.Peerings))
	}
	changes := cilium.GroupChanges(p.owner(), existing, desired)
	if len(changes.Taken) > 0 {
		p.missGroups("CiliumCIDRGroup "+changes.Taken[0].Metadata.Name, "it is somebody else's and is not touched; rename or remove it", v1alpha1.ReasonManagedElsewhere)
	}
	if err := p.writeGroups(ctx, version, changes); err != nil {
		return p.orSoon(err)
	}
	if len(desired) == 0 {
		p.memory.withoutGroups = p.object.Generation
	}
	return nil
}

// groupsDone: none is wanted, and at this generation none was left.
func (p *pass) groupsDone() bool {
	return !p.wantsGroups() && p.memory.withoutGroups == p.object.Generation
}

func (p *pass) wantsGroups() bool {
	return p.object.Spec.Cilium.CIDRGroups == v1alpha1.CIDRGroupsEnabled && p.object.DeletionTimestamp.IsZero()
}

// missGroups says what keeps a group from being there, unless something graver is said.
func (p *pass) missGroups(what, why, reason string) {
	if verdict, given := p.conditions.Verdict(v1alpha1.ConditionCiliumConfigured); !p.wantsGroups() ||
		given && p.conditions.Stops(v1alpha1.ConditionCiliumConfigured) && verdict.Progress != conditions.Act {
		return
	}
	p.conditions.Set(v1alpha1.ConditionCiliumConfigured, conditions.Stalled, reason, what+" can't be kept: "+why+".")
}

// readGroups takes whichever version is served: up to Cilium 1.17 that is v2alpha1.
func (p *pass) readGroups(ctx context.Context) (string, []cilium.CIDRGroup, error) {
	for _, version := range []string{"v2", "v2alpha1"} {
		list := clusterview.CiliumList("CiliumCIDRGroup", version)
		err := p.connection.Client.List(ctx, list)
		if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return "", nil, fmt.Errorf("listing CiliumCIDRGroups: %w", err)
		}
		groups := make([]cilium.CIDRGroup, 0, len(list.Items))
		for i := range list.Items {
			group, err := cilium.CIDRGroupFromUnstructured(&list.Items[i])
			if err != nil {
				return "", nil, err
			}
			groups = append(groups, group)
		}
		return version, groups, nil
	}
	return "", nil, nil
}

func (p *pass) writeGroups(ctx context.Context, version string, changes cilium.CIDRGroupChanges) error {
	for _, group := range changes.Apply {
		object, err := group.Unstructured(version)
		if err != nil {
			return err
		}
		if err := p.replace(ctx, object); err != nil {
			return fmt.Errorf("writing CiliumCIDRGroup %s: %w", group.Metadata.Name, err)
		}
	}
	for _, group := range changes.Delete {
		object, err := group.Unstructured(version)
		if err != nil {
			return err
		}
		uid := types.UID(group.Metadata.UID)
		err = p.connection.Client.Delete(ctx, object, client.Preconditions(metav1.Preconditions{UID: &uid}))
		if err = client.IgnoreNotFound(err); err != nil {
			return fmt.Errorf("deleting CiliumCIDRGroup %s: %w", group.Metadata.Name, err)
		}
	}
	return nil
}
