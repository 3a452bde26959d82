package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// Dump implements sim.Service: everything by account/region and type, under EC2's XML names.
func (s *Service) Dump() any {
	dump := map[string]any{}
	for place := range s.places {
		r := s.truth(place, s.world.Clock.Now())
		dump[place.String()] = map[string]any{
			"vpcSet":        all(&r.vpcs, r.vpc),
			"subnetSet":     all(&r.subnets, r.subnet),
			"routeTableSet": all(&r.routeTables, r.routeTable),
		}
	}
	return dump
}

func all[Stored, Answer any](table *sim.Table[Stored], render func(Stored) Answer) []any {
	rendered := []any{}
	for _, stored := range table.All() {
		rendered = append(rendered, wire.Tree(render(stored)))
	}
	return rendered
}
