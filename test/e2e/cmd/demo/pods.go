package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// reach is how many of a side's pods can talk with the peer, both ways.
type reach struct{ pods, both int }

// reaches asks AWS whether it carries the packets and, if so, every pod's node.
func (s *story) reaches(ctx context.Context) (map[*rig.Side]reach, error) {
	open, err := s.bothOpen(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[*rig.Side]reach{}
	for _, side := range s.rig.Sides() {
		r, err := s.rig.Reachability(ctx, side)
		if err != nil {
			return nil, err
		}
		seen[side] = reach{pods: r.Pods}
		if open {
			seen[side] = reach{pods: r.Pods, both: r.Both}
		}
	}
	return seen, nil
}

func (s *story) bothOpen(ctx context.Context) (bool, error) {
	var open [2]bool
	group, ctx := errgroup.WithContext(ctx)
	for i, side := range s.rig.Sides() {
		group.Go(func() (err error) {
			open[i], err = s.aws.open(ctx, side, s.rig.Sides()[1-i])
			return err
		})
	}
	err := group.Wait()
	return open[0] && open[1], err
}

func total(seen map[*rig.Side]reach) reach {
	var sum reach
	for _, r := range seen {
		sum.pods += r.pods
		sum.both += r.both
	}
	return sum
}

func (r reach) String() string { return fmt.Sprintf("%d of %d", r.both, r.pods) }

func podBar(side *rig.Side, r reach) narrate.Bar {
	return narrate.Bar{Label: side.Name + " pods", Unit: "talk with the other side, both ways", Done: r.both, Total: r.pods}
}
