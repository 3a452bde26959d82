package peeredcluster

import (
	"context"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// made is what VPCPeerings have made for a cluster by what it reported: in which route tables, and in which groups.
type made struct{ tables, groups []string }

// madeFor reads the records of the VPCPeerings, on the sides that follow the cluster (Auto).
func madeFor(peerings []v1alpha1.VPCPeering, cluster string) made {
	var found made
	for i := range peerings {
		spec, inventory := &peerings[i].Spec, peerings[i].Status.Inventory
		if inventory == nil {
			continue
		}
		for _, side := range []struct {
			spec *v1alpha1.VPCPeeringSide
			has  *v1alpha1.SideInventory
		}{{&spec.Requester, &inventory.Requester}, {&spec.Accepter, &inventory.Accepter}} {
			if slices.ContainsFunc(side.spec.ClusterRefs, func(ref v1alpha1.LocalName) bool { return ref.Name == cluster }) {
				found.add(side.spec, side.has)
			}
		}
	}
	return found
}

func (m *made) add(spec *v1alpha1.VPCPeeringSide, has *v1alpha1.SideInventory) {
	if spec.Routes.Tables == v1alpha1.SelectAuto || spec.Routes.Tables == "" {
		for _, routes := range has.Routes {
			m.tables = append(m.tables, routes.RouteTableID)
		}
	}
	if spec.SecurityGroups.Groups == v1alpha1.SelectAuto || spec.SecurityGroups.Groups == "" {
		for _, rule := range has.SecurityGroupRules {
			m.groups = append(m.groups, rule.SecurityGroupID)
		}
	}
}

// recall comes when a cluster reports where its pods live and status knows nothing, as after a restore: a group at zero is
// in no report then, and what was made for it would be withdrawn (A11). What the VPCPeerings made for the cluster says
// where it was. Until AWS tells which subnets that are, status goes on knowing nothing.
func (d decider) recall(ctx context.Context) error {
	network := d.Object.Status.Network
	if network == nil || d.Before.Status.Network != nil {
		return nil
	}
	was := madeFor(d.peerings, d.Object.Name)
	if len(was.tables)+len(was.groups) == 0 {
		return nil
	}
	seen, err := was.observe(ctx, d)
	if err != nil {
		d.unrecalled()
		return err
	}
	footprint := cilium.Footprint{SubnetIDs: was.subnets(seen)}
	d.Object.Status.Network = merged(network, footprint)
	for _, group := range was.groups {
		if hasGroup(seen.Groups, group) {
			set := v1alpha1.InterfaceGroups{SecurityGroupIDs: []string{group}}
			d.Object.Status.Network.InterfaceGroups = withOne(d.Object.Status.Network.InterfaceGroups, set)
		}
	}
	return nil
}

// unrecalled keeps status from knowing part of it: what knows something is not asked again.
func (d decider) unrecalled() {
	if d.Before.Status.Network == nil {
		d.Object.Status.Network = nil
	}
}

// observe reads the tables and groups, and the VPC's subnets only where the main table is one of them: elsewhere nobody needs
// that right.
func (m made) observe(ctx context.Context, d decider) (peering.SideSnapshot, error) {
	seen, err := d.aws.observe(ctx, d.valueHistory, aws.RouteTables|aws.Groups)
	main := func(table peering.RouteTable) bool { return table.Main && slices.Contains(m.tables, table.ID) }
	if err != nil || !slices.ContainsFunc(seen.RouteTables, main) {
		return seen, err
	}
	all, err := d.aws.observe(ctx, d.valueHistory, aws.Subnets)
	seen.Subnets = all.Subnets
	return seen, err
}

// subnets are those that use the tables: by name, or, of the main table, because they use no other.
func (m made) subnets(seen peering.SideSnapshot) []string {
	var ids []string
	for _, table := range seen.RouteTables {
		if !slices.Contains(m.tables, table.ID) {
			continue
		}
		ids = append(ids, table.Subnets...)
		for _, subnet := range seen.Subnets {
			if table.Main && !explicit(subnet, seen.RouteTables) {
				ids = append(ids, subnet)
			}
		}
	}
	return ids
}

// withOne adds a set, unless one that is there has its groups.
func withOne(sets []v1alpha1.InterfaceGroups, set v1alpha1.InterfaceGroups) []v1alpha1.InterfaceGroups {
	covered := slices.ContainsFunc(sets, func(s v1alpha1.InterfaceGroups) bool {
		return slices.Contains(s.SecurityGroupIDs, set.SecurityGroupIDs[0])
	})
	if covered || len(sets) >= mostInterfaceGroups {
		return sets
	}
	sets = append(sets, set)
	slices.SortFunc(sets, func(a, b v1alpha1.InterfaceGroups) int { return slices.Compare(a.SecurityGroupIDs, b.SecurityGroupIDs) })
	return sets
}
