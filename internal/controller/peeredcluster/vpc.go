package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// observeVPC reads the cluster's VPC and its route tables, from the same shared
// reads that the VPCPeerings use.
func (p *pass) observeVPC(ctx context.Context) (peering.SideSnapshot, error) {
	region, vpc, err := p.place()
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	identity, err := p.identity(ctx)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	reader, query := p.Clouds.Reader(identity, region), aws.Query{
		Owner: "peeredcluster/" + p.object.Name, VPC: vpc,
		Kinds: aws.VPCs | aws.RouteTables, NotBefore: p.start.Truncate(p.Sweep),
	}
	seen, err := reader.Side(ctx, query)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	if query.Kinds = p.doubtful(seen.RouteTables); query.Kinds == 0 {
		return seen, nil
	}
	existing, err := reader.Side(ctx, query)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	p.forgetDeleted(seen.RouteTables, existing)
	return seen, nil
}

// identity is what the cluster's account is reached through.
func (p *pass) identity(ctx context.Context) (aws.Identity, error) {
	name := v1alpha1.DefaultName
	if p.object.Spec.IdentityRef != nil {
		name = p.object.Spec.IdentityRef.Name
	}
	found := &v1alpha1.AWSIdentity{}
	err := p.Get(ctx, client.ObjectKey{Name: name}, found)
	if apierrors.IsNotFound(err) {
		return aws.Identity{}, fmt.Errorf("there is no AWSIdentity %s: create it, or name another in spec.identityRef", name)
	}
	if err != nil {
		return aws.Identity{}, fmt.Errorf("reading AWSIdentity %s: %w", name, err)
	}
	if found.Spec.RoleARN != "" && found.Status.ExternalID == "" {
		return aws.Identity{}, fmt.Errorf("AWSIdentity %s is not checked yet", name)
	}
	if ready := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionReady); ready != nil && ready.Status == metav1.ConditionFalse {
		return aws.Identity{}, fmt.Errorf("AWSIdentity %s is not Ready: %s", name, ready.Message)
	}
	return aws.Identity{Name: found.Name, RoleARN: found.Spec.RoleARN, ExternalID: found.Status.ExternalID}, nil
}

// liveRoutes are the routes that pods' traffic can take: those of the tables of
// the cluster's subnets that lead somewhere.
func liveRoutes(tables []peering.RouteTable, network *v1alpha1.ClusterNetwork) []cilium.Route {
	var routes []cilium.Route
	for _, table := range tables {
		if !serves(table, network, tables) {
			continue
		}
		for _, route := range table.Spelled() {
			if route.Destination.IsValid() && !route.Blackhole() {
				routes = append(routes, cilium.Route{Destination: route.Destination, Target: route.Target, RouteTableID: table.ID})
			}
		}
	}
	return routes
}

// unread are the routes by prefix list that pods' traffic can take and whose
// entries are not known. What leads to a peering of ours leads to its peer.
func (p *pass) unread(tables []peering.RouteTable) []cilium.Unread {
	var unread []cilium.Unread
	for _, table := range tables {
		if !serves(table, p.object.Status.Network, tables) {
			continue
		}
		for _, route := range table.Routes {
			if route.Unread != "" && !route.Blackhole() && !p.joins(route.Target) {
				unread = append(unread, cilium.Unread{Target: route.Target, Message: route.UnreadIn(table)})
			}
		}
	}
	return unread
}

// joins reports whether the connection is that of a peering of this cluster.
func (p *pass) joins(connection string) bool {
	return slices.ContainsFunc(p.peerings, func(object v1alpha1.VPCPeering) bool { return object.Status.PeeringConnectionID == connection })
}

// serves: an explicit association, or the main table for a subnet without one.
func serves(table peering.RouteTable, network *v1alpha1.ClusterNetwork, tables []peering.RouteTable) bool {
	if network == nil {
		return !table.Edge
	}
	for _, subnet := range network.SubnetIDs {
		if slices.Contains(table.Subnets, subnet) || table.Main && !explicit(subnet, tables) {
			return true
		}
	}
	return false
}

func explicit(subnet string, tables []peering.RouteTable) bool {
	return slices.ContainsFunc(tables, func(t peering.RouteTable) bool { return slices.Contains(t.Subnets, subnet) })
}

func awsVerdicts(err error) []string {
	var messages []string
	for _, verdict := range aws.Verdicts(err) {
		if verdict.Operation != "" {
			messages = append(messages, verdict.Message)
		}
	}
	return messages
}
