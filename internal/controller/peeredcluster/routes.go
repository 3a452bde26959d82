package peeredcluster

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
)

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
func (c *configuration) unread(tables []peering.RouteTable) []cilium.Unread {
	var unread []cilium.Unread
	for _, table := range tables {
		if !serves(table, c.Object.Status.Network, tables) {
			continue
		}
		for _, route := range table.Routes {
			if route.Unread != "" && !route.Blackhole() && !c.joins(route.Target) {
				unread = append(unread, cilium.Unread{Target: route.Target, Message: route.UnreadIn(table)})
			}
		}
	}
	return unread
}

// joins reports whether the connection is that of a peering of this cluster.
func (c *configuration) joins(connection string) bool {
	return slices.ContainsFunc(c.peerings, func(object v1alpha1.VPCPeering) bool { return object.Status.PeeringConnectionID == connection })
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
