package dryrun

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/plugin/manifest"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// Seen is what AWS shows now of a VPCPeering that is applied.
type Seen struct {
	// Plan is what is still to do, what would be refused, and what could not be looked at.
	Plan view.Plan
	// Networks are the VPCs of its sides; a side that was not resolved, or whose identity has no credentials of the
	// asker's, has none: Plan says so.
	Networks []Network
}

// Network is the VPC of a side, with its connections, tables, and the rules of the groups that are opened.
type Network struct {
	Role        peering.Role
	VPC, Region string
	Seen        peering.SideSnapshot
	// Unread is why it could not be read; empty: it was.
	Unread string
}

// Check reads AWS now, and with the asker's credentials, for VPCPeerings that are applied.
func Check(ctx context.Context, options Options, peerings []*v1alpha1.VPCPeering) ([]Seen, error) {
	var looked []*v1alpha1.VPCPeering
	for _, of := range peerings {
		looked = append(looked, of.DeepCopy())
	}
	r, err := newRun(ctx, options, manifest.Objects{Peerings: looked})
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.place(ctx); err != nil {
		return nil, err
	}
	all := make([]Seen, 0, len(looked))
	for _, of := range looked {
		if err := r.lookAround(ctx, of); err != nil {
			return nil, err
		}
		seen := Seen{}
		if seen.Plan, err = r.plan(ctx, of); err != nil {
			return nil, fmt.Errorf("looking at VPCPeering %s: %w", client.ObjectKeyFromObject(of), err)
		}
		seen.Networks = r.networks(ctx, of)
		all = append(all, seen)
	}
	return all, nil
}

// networks are read where a side was resolved. What the plan has read of a region costs no further call.
func (r *run) networks(ctx context.Context, of *v1alpha1.VPCPeering) []Network {
	var all []Network
	for _, role := range peering.Roles() {
		side := peering.Pick(role, of.Status.Requester, of.Status.Accepter)
		if side == nil || side.VPCID == "" || r.unread[identityKey(side.Identity)] != "" {
			continue
		}
		found := Network{Role: role, VPC: string(side.VPCID), Region: string(side.Region)}
		if err := r.read(ctx, of, side, r.groups(of, role, peering.Pick(role, of.Spec.Requester, of.Spec.Accepter)), &found); err != nil {
			found.Unread = said(err)
		}
		all = append(all, found)
	}
	return all
}

// read asks for the rules as the identity of the groups, which in a shared VPC is another one.
func (r *run) read(ctx context.Context, of *v1alpha1.VPCPeering, side *v1alpha1.SideStatus, groups []string, into *Network) error {
	ask := func(name string, kinds aws.Kind) error {
		identity, missing, err := (object.Identities{Reader: r.hub}).Find(ctx, name, "The check")
		if err != nil || missing != nil {
			return err
		}
		read, err := r.clouds.Reader(object.Credentials(identity), into.Region).Side(ctx, aws.Query{
			Owner: client.ObjectKeyFromObject(of).String(), VPC: into.VPC, Groups: groups, Kinds: kinds,
		})
		if err == nil {
			aws.Merge(&into.Seen, read, kinds)
		}
		return err
	}
	if err := ask(side.Identity, aws.VPCs|aws.Connections|aws.RouteTables); err != nil {
		return err
	}
	if into.Seen.VPC == nil {
		return fmt.Errorf("AWS does not show %s to AWSIdentity %s", into.VPC, side.Identity)
	}
	whose := side.Identity
	if side.SecurityGroups != nil {
		whose = side.SecurityGroups.Identity
	}
	if r.unread[identityKey(whose)] != "" {
		return nil // the plan says so
	}
	return ask(whose, aws.Rules)
}

// groups are those that a side opens: selected, of its clusters, or with rules of ours.
func (r *run) groups(of *v1alpha1.VPCPeering, role peering.Role, side v1alpha1.VPCPeeringSide) []string {
	ids := slices.Clone(side.SecurityGroups.SecurityGroupIDs)
	for _, ref := range side.ClusterRefs {
		if cluster := r.hub.clusters[client.ObjectKey{Name: ref.Name}]; cluster != nil && cluster.Status.Network != nil {
			for _, set := range cluster.Status.Network.InterfaceGroups {
				ids = append(ids, set.SecurityGroupIDs...)
			}
		}
	}
	if made := of.Status.Inventory; made != nil {
		for _, rule := range peering.Pick(role, made.Requester, made.Accepter).SecurityGroupRules {
			ids = append(ids, rule.SecurityGroupID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
