package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// made is what VPCPeerings have made for a cluster by what it reported: in which route tables, and in which groups. Beside are
// the other clusters of those sides, for which some of it was made.
type made struct{ tables, groups, beside []string }

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
				found.add(side.spec, side.has, cluster)
			}
		}
	}
	return found
}

func (m *made) add(spec *v1alpha1.VPCPeeringSide, has *v1alpha1.SideInventory, cluster string) {
	for _, ref := range spec.ClusterRefs {
		if ref.Name != cluster {
			m.beside = append(m.beside, ref.Name)
		}
	}
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
// where it was. Until AWS tells which subnets that are, status goes on knowing nothing; and so it does until the first of its
// VPCPeerings is back, where what is set in the cluster says that there were some: nobody else needs it before.
//
// Later ones have nothing to tell: by then what is made for the cluster is made by what status knows.
func (d decider) recall(ctx context.Context) error {
	network := d.Object.Status.Network
	if network == nil || d.Before.Status.Network != nil {
		return nil
	}
	if len(d.peerings) == 0 && d.keeps() {
		d.unrecalled()
		return nil
	}
	was := madeFor(d.peerings, d.Object.Name)
	if len(was.tables)+len(was.groups) == 0 {
		return nil
	}
	seen, err := was.observe(ctx, d)
	if err == nil {
		was, err = was.without(ctx, d, seen)
	}
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

// without leaves out the tables and groups that another cluster of the side is known to be in: they were made for that one, and
// stay for it. Taken over here, they would make its subnets this cluster's.
func (m made) without(ctx context.Context, d decider, seen peering.SideSnapshot) (made, error) {
	for _, name := range m.beside {
		var other v1alpha1.PeeredCluster
		if err := d.hub.Get(ctx, client.ObjectKey{Name: name}, &other); err != nil {
			if client.IgnoreNotFound(err) != nil {
				return made{}, fmt.Errorf("reading PeeredCluster %s: %w", name, err)
			}
			continue
		}
		if network := other.Status.Network; network != nil {
			m = m.less(network, seen)
		}
	}
	return m, nil
}

func (m made) less(network *v1alpha1.ClusterNetwork, seen peering.SideSnapshot) made {
	m.tables = slices.DeleteFunc(slices.Clone(m.tables), func(id string) bool {
		return slices.ContainsFunc(seen.RouteTables, func(table peering.RouteTable) bool {
			return table.ID == id && serves(table, network, seen.RouteTables)
		})
	})
	m.groups = slices.DeleteFunc(slices.Clone(m.groups), func(id string) bool {
		return slices.ContainsFunc(network.InterfaceGroups, func(set v1alpha1.InterfaceGroups) bool {
			return slices.Contains(set.SecurityGroupIDs, id)
		})
	})
	return m
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
