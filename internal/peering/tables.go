package peering

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Selection is what a side's selector picked.
type Selection[T any] struct {
	Items []T
	// Findings are selectors that fit nothing that may be used.
	Findings []Finding
	// Incomplete is true when a cluster has not reported where its pods live:
	// nothing may be withdrawn on its account.
	Incomplete bool
}

// uncertain holds while it is not known all that is meant: a cluster has not
// reported, or what a person named is not there. Nothing is withdrawn on such a
// selection: what stands in for it would be missing.
func (s Selection[T]) uncertain() bool { return s.Incomplete || len(s.Findings) > 0 }

// SelectTables picks the route tables of a side that lead to the peer.
func SelectTables(request Request, snapshot Snapshot, role Role) Selection[RouteTable] {
	return unmanagedTables(request, snapshot, role, selectTables(request, snapshot, role))
}

func selectTables(request Request, snapshot Snapshot, role Role) Selection[RouteTable] {
	// EC2 lists tables in any order; the same tables must make the same plan.
	tables := slices.SortedFunc(slices.Values(snapshot.At(role).RouteTables), func(a, b RouteTable) int { return cmp.Compare(a.ID, b.ID) })
	spec := request.side(role).Routes
	switch spec.Tables {
	case v1alpha1.SelectSelected:
		return selectedTables(spec, tables, role, request.Sides.At(role).VPC)
	case v1alpha1.SelectAll:
		return Selection[RouteTable]{Items: withoutEdge(tables)}
	default:
		return autoTables(request, snapshot, tables, role)
	}
}

func withoutEdge(tables []RouteTable) []RouteTable {
	return slices.DeleteFunc(slices.Clone(tables), func(t RouteTable) bool { return t.Edge })
}

// autoTables picks the tables of the clusters' subnets. EC2 does not return the
// implicit association of a subnet with the main table (API reference,
// DescribeRouteTables), so a subnet without a table of its own means the main one.
func autoTables(request Request, snapshot Snapshot, tables []RouteTable, role Role) Selection[RouteTable] {
	if len(request.side(role).ClusterRefs) == 0 {
		return tablesWithoutClusters(request, tables, role)
	}
	selection := Selection[RouteTable]{Incomplete: slices.Contains(*request.Networks.At(role), nil)}
	picked := map[string]bool{}
	for _, subnet := range clusterSubnets(request, snapshot, role) {
		picked[tableOf(subnet, tables)] = true
	}
	for _, table := range withoutEdge(tables) {
		if picked[table.ID] {
			selection.Items = append(selection.Items, table)
		}
	}
	return selection
}

// tablesWithoutClusters: nothing says where traffic comes from, so every table
// leads to the peer, or, where somebody else makes the routes, none is missed.
func tablesWithoutClusters(request Request, tables []RouteTable, role Role) Selection[RouteTable] {
	if request.side(role).Routes.Tables == v1alpha1.SelectNone {
		return Selection[RouteTable]{}
	}
	return Selection[RouteTable]{Items: withoutEdge(tables)}
}

// clusterSubnets are those of a side's clusters, less the ones that were deleted:
// clusters keep naming subnets without nodes, and one that is gone has no table
// either, which must not pass for the main one.
func clusterSubnets(request Request, snapshot Snapshot, role Role) []string {
	side := snapshot.At(role)
	return slices.DeleteFunc(namedSubnets(request, role), func(subnet string) bool {
		return side.Subnets != nil && !slices.Contains(side.Subnets, subnet) && !associated(subnet, side.RouteTables)
	})
}

// NeedsSubnets reports whether a cluster names a subnet without a table of its
// own: only the VPC's subnets tell whether it is on the main one, or gone.
func NeedsSubnets(request Request, snapshot Snapshot, role Role) bool {
	return slices.ContainsFunc(namedSubnets(request, role), func(subnet string) bool {
		return !associated(subnet, snapshot.At(role).RouteTables)
	})
}

func namedSubnets(request Request, role Role) []string {
	var subnets []string
	for _, network := range *request.Networks.At(role) {
		if network != nil {
			subnets = append(subnets, network.SubnetIDs...)
		}
	}
	return subnets
}

func associated(subnet string, tables []RouteTable) bool {
	return slices.ContainsFunc(tables, func(t RouteTable) bool { return slices.Contains(t.Subnets, subnet) })
}

func tableOf(subnet string, tables []RouteTable) string {
	main := ""
	for _, table := range tables {
		if slices.Contains(table.Subnets, subnet) {
			return table.ID
		}
		if table.Main {
			main = table.ID
		}
	}
	return main
}

func selectedTables(spec v1alpha1.SideRoutes, tables []RouteTable, role Role, vpc string) Selection[RouteTable] {
	var selection Selection[RouteTable]
	matched := false
	for _, table := range tables {
		byTag := len(spec.RouteTableTags) > 0 && hasTags(table.Tags, spec.RouteTableTags)
		byID := slices.Contains(spec.RouteTableIDs, table.ID)
		matched = matched || byTag
		switch {
		case byID && table.Edge:
			selection.Findings = append(selection.Findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
				"spec.%s.routes.routeTableIDs: %s is associated with a gateway, and AWS refuses peering routes in such a table. Name the tables of subnets.", role, table.ID)})
		case (byID || byTag) && !table.Edge:
			selection.Items = append(selection.Items, table)
		}
	}
	for _, id := range spec.RouteTableIDs {
		if !slices.ContainsFunc(tables, func(t RouteTable) bool { return t.ID == id }) {
			selection.Findings = append(selection.Findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
				"spec.%s.routes.routeTableIDs: %s is not a route table of %s. Correct the id.", role, id, vpc)})
		}
	}
	if len(spec.RouteTableTags) > 0 && !matched {
		selection.Findings = append(selection.Findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
			"spec.%s.routes.routeTableTags: No route table of %s carries %s. Correct the tags.", role, vpc, tagText(spec.RouteTableTags))})
	}
	return selection
}

func hasTags(have map[string]string, want map[string]v1alpha1.TagValue) bool {
	for key, value := range want {
		if got, ok := have[key]; !ok || got != string(value) {
			return false
		}
	}
	return true
}

func tagText(tags map[string]v1alpha1.TagValue) string {
	pairs := make([]string, 0, len(tags))
	for key, value := range tags {
		pairs = append(pairs, key+"="+string(value))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ", ")
}

// checkTables reports selectors that fit nothing, before the first write.
func checkTables(request Request, snapshot Snapshot, role Role) []Finding {
	if snapshot.At(role).VPC == nil || snapshot.At(role).Unread.RouteTables {
		return nil
	}
	return SelectTables(request, snapshot, role).Findings
}
