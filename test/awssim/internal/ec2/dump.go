package ec2

import (
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// Dump implements sim.Service: everything by account/region and type, under EC2's XML names.
func (s *Service) Dump() any {
	dump := map[string]any{}
	now := s.world.Clock.Now()
	for place := range s.places {
		r := s.truth(place, now)
		dump[place.String()] = map[string]any{
			"vpcSet":        all(&r.vpcs, r.vpc),
			"subnetSet":     all(&r.subnets, r.subnet),
			"routeTableSet": all(&r.routeTables, r.routeTable),

			"securityGroupInfo":    all(&r.groups, r.group),
			"securityGroupRuleSet": rendered(shownRules{&r.groups}, r.rule),
			"networkAclSet":        all(&r.acls, r.acl),
			"prefixListSet":        all(&r.prefixLists, r.prefixList),
			"prefixListEntries":    r.entriesByList(),

			"vpcPeeringConnectionSet": rendered(shownPeerings{r, now}, r.peering),

			"internetGatewaySet":           all(&r.internetGateways, r.internetGateway),
			"vpnGatewaySet":                all(&r.vpnGateways, r.vpnGateway),
			"natGatewaySet":                all(&r.natGateways, r.natGateway),
			"transitGatewaySet":            all(&r.transitGateways, r.transitGateway),
			"transitGatewayVpcAttachments": all(&r.transitAttachments, r.transitAttachment),

			"instancesSet":        all(&r.instances, r.allInstances()),
			"networkInterfaceSet": all(&r.interfaces, r.networkInterface),
			"launchTemplates":     all(&r.launchTemplates, r.launchTemplate),
		}
	}
	return dump
}

func all[Stored, Answer any](table *sim.Table[Stored], render func(Stored) Answer) []any {
	return rendered(table, render)
}

func rendered[Stored, Answer any](table visible[Stored], render func(Stored) Answer) []any {
	trees := []any{}
	for _, stored := range table.Seen(sim.Truth(farFuture)) {
		trees = append(trees, wire.Tree(render(stored)))
	}
	return trees
}

// farFuture is later than anything was written, whatever the clock.
var farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// entriesByList are the current entries of the prefix lists.
func (r reader) entriesByList() map[string]any {
	entries := map[string]any{}
	for id, list := range r.prefixLists.All() {
		entries[id] = wire.Tree(list.entries())
	}
	return entries
}
