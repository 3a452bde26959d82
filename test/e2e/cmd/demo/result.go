package main

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
)

// Each of the three route tables of a side leads to two blocks, and each of its two groups lets two in.
const (
	routesPerSide = 6
	rulesPerSide  = 4
)

func (s *story) showResult(ctx context.Context) error {
	s.screen.Title("What there is to see")
	for _, args := range [][]string{
		{"get", "vpcpeerings,peeredclusters,awsidentities", "-A"},
		{"crossvpc", "status", "eu-us", "-n", "network"},
		{"crossvpc", "diagnose", "local", "us"},
		{"crossvpc", "check"},
	} {
		if err := s.kubectl(ctx, args...); err != nil {
			return err
		}
	}
	s.screen.Title("What was made in AWS")
	for i, side := range s.rig.Sides() {
		peer := s.rig.Sides()[1-i]
		routes, err := s.aws.routes(ctx, side.Network)
		if err != nil {
			return err
		}
		for _, r := range routes {
			s.screen.Line("    %-4s %s  %-15s → %s  %s", side.Name, r.table, r.destination, r.connection, s.screen.Style(narrate.Green, string(r.state)))
		}
		rules, err := s.aws.rules(ctx, side, peer.Network.Blocks)
		if err != nil {
			return err
		}
		for _, r := range rules {
			s.screen.Line("    %-4s %s  lets in %-15s %s", side.Name, r.group, r.block, s.screen.Style(narrate.Dim, r.id))
		}
		if len(routes) != routesPerSide || len(rules) != rulesPerSide {
			return fmt.Errorf("%s has %d routes and %d rules for the peering: want %d and %d", side.Name, len(routes), len(rules), routesPerSide, rulesPerSide)
		}
	}
	return nil
}
