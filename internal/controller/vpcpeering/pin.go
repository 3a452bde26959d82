package vpcpeering

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// pin keeps what a side resolved to; it is compared with from then on.
func (p *reconciliation) pin(ctx context.Context, role peering.Role, side peering.Side) error {
	status := sideStatus(p.object, role)
	if status == nil {
		status = &v1alpha1.SideStatus{}
	}
	status.AccountID, status.Region, status.VPCID = v1alpha1.AccountID(side.Account), v1alpha1.Region(side.Region), v1alpha1.VPCID(side.VPC)
	status.Identity, status.SecurityGroups = side.Identity, nil
	if side.Shared() {
		status.SecurityGroups = &v1alpha1.GroupsOwner{AccountID: v1alpha1.AccountID(side.GroupsAccount), Identity: side.GroupsIdentity}
	}
	var err error
	if status.Clusters, err = p.pinnedClusters(ctx, role, status.Clusters); err != nil {
		return err
	}
	*peering.Pick(role, &p.object.Status.Requester, &p.object.Status.Accepter) = status
	return nil
}

// mostPinned is how many clusters of a side status takes.
const mostPinned = 16

// pinnedClusters are those of the spec, and while its changes are held those of before, too: a cluster that leaves the spec
// covers the peer until somebody approves that. Those of the spec come first, and no more than status takes. One that is gone
// covers nobody, and would take a place for good.
func (p *reconciliation) pinnedClusters(ctx context.Context, role peering.Role, before []string) ([]string, error) {
	var pinned []string
	for _, cluster := range p.sides.At(role).clusters {
		pinned = append(pinned, cluster.Name)
	}
	if !peering.SpecHeld(p.object) {
		return pinned, nil
	}
	for _, name := range before {
		if slices.Contains(pinned, name) || len(pinned) >= mostPinned {
			continue
		}
		err := p.Get(ctx, client.ObjectKey{Name: name}, &v1alpha1.PeeredCluster{})
		switch {
		case err == nil:
			pinned = append(pinned, name)
		case !apierrors.IsNotFound(err):
			return nil, fmt.Errorf("reading PeeredCluster %s: %w", name, err)
		}
	}
	return pinned, nil
}
