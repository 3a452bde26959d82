package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
)

// repairWithin is one sweep of the rig's manager, which comes every 10 s, and some time to act.
const repairWithin = 25 * time.Second

// repair takes a route away behind crossvpc's back and waits until it is there again.
func (s *story) repair(ctx context.Context) error {
	network := s.rig.US.Network
	routes, err := s.aws.routes(ctx, network)
	if err != nil {
		return err
	}
	gone := routes[0]
	s.screen.Title("Somebody deletes a route")
	s.screen.Command(fmt.Sprintf("aws ec2 delete-route --region %s --route-table-id %s --destination-cidr-block %s", network.Region, gone.table, gone.destination))
	if err := s.aws.removeRoute(ctx, network, gone); err != nil {
		return err
	}
	seen, err := s.look(ctx)
	if err != nil {
		return err
	}
	s.screen.Say("%s pairs of pods talk now. crossvpc looks every 10 s here, every 60 s by default.", seen)
	if seen.all() {
		return fmt.Errorf("all pairs of pods talk without route %s of %s", gone.destination, gone.table)
	}
	timeline := narrate.NewTimeline(s.screen, s.callsSoFar())
	peering, err := s.peering(ctx)
	if err != nil {
		return err
	}
	timeline.Know(peering.Status.Conditions)
	err = poll(ctx, repairWithin, func() (string, error) {
		if peering, err := s.peering(ctx); err == nil {
			timeline.Show(peering.Status.Conditions, []string{v1alpha1.ConditionRoutesReady, v1alpha1.ConditionReady})
		}
		routes, err := s.aws.routes(ctx, network)
		if !slices.Contains(routes, gone) {
			return fmt.Sprintf("route %s of %s is not back", gone.destination, gone.table), err
		}
		seen, err = s.look(ctx)
		if err == nil && !seen.all() {
			return fmt.Sprintf("%s pairs of pods talk", seen), nil
		}
		return "", err
	})
	if err != nil {
		return err
	}
	s.screen.Done(fmt.Sprintf("the route is back after %.1f s, and %s pairs of pods talk", timeline.Elapsed().Seconds(), seen))
	s.note("a route deleted behind its back was there again after %.1f s", timeline.Elapsed().Seconds())
	return nil
}
