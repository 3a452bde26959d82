package rig

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/crossvpc/crossvpc/test/nodesim"
)

const poll = 100 * time.Millisecond

// Until polls until done says so or fails, or ctx ends.
func Until(ctx context.Context, what string, done func() (bool, error)) error {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		ok, err := done()
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-ticker.C:
		}
	}
}

func (r *Rig) waitForPods(ctx context.Context, side *Side) error {
	want := 0
	for _, workload := range r.Options.Workloads {
		want += int(workload.Replicas)
	}
	return Until(ctx, "the workloads' pods", func() (bool, error) {
		seen, err := side.Nodes.Reachability(ctx)
		return seen.Pods >= want, err
	})
}

// Peer is the blocks of the side's peer.
func (r *Rig) Peer(side *Side) []netip.Prefix {
	other := r.US
	if side == r.US {
		other = r.EU
	}
	blocks := make([]netip.Prefix, 0, len(other.Network.Blocks))
	for _, block := range other.Network.Blocks {
		blocks = append(blocks, netip.MustParsePrefix(block))
	}
	return blocks
}

// Reachability asks every pod of a side whether it would reach its peer.
func (r *Rig) Reachability(ctx context.Context, side *Side) (nodesim.Reachability, error) {
	return side.Nodes.Reachability(ctx, r.Peer(side)...)
}
