package main

import (
	"context"
	"fmt"
	"net/netip"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// sight is who talks with whom at one moment.
type sight struct {
	ends map[*rig.Side][]end
	// Pairs of pods, one on each side, and those of them that talk both ways.
	pairs, talking int
}

// end is a pod as one end of a connection: its own node and its own side of AWS.
type end struct {
	block string
	// reaches holds the blocks of the peer that it can talk with, as far as its own end decides it.
	reaches map[string]bool
}

func (e end) reachesAll(blocks []string) bool {
	for _, block := range blocks {
		if !e.reaches[block] {
			return false
		}
	}
	return true
}

// look takes in both sides.
func (s *story) look(ctx context.Context) (*sight, error) {
	sides := s.rig.Sides()
	var ends [2][]end
	group, groupCtx := errgroup.WithContext(ctx)
	for i, side := range sides {
		group.Go(func() (err error) {
			ends[i], err = s.ends(groupCtx, side, sides[1-i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return &sight{
		ends:  map[*rig.Side][]end{sides[0]: ends[0], sides[1]: ends[1]},
		pairs: len(ends[0]) * len(ends[1]), talking: talking(ends[0], ends[1]),
	}, nil
}

// talking counts the pairs of which each reaches the block that the other is in: a packet and its answer need both ends.
func talking(here, there []end) (pairs int) {
	for _, a := range here {
		for _, b := range there {
			if a.reaches[b.block] && b.reaches[a.block] {
				pairs++
			}
		}
	}
	return pairs
}

// ends lists the pods of a side that run, outside kube-system.
func (s *story) ends(ctx context.Context, side, peer *rig.Side) ([]end, error) {
	path, err := s.aws.path(ctx, side, peer)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	if err := side.Nodes.Client().List(ctx, &pods, client.InNamespace(corev1.NamespaceDefault)); err != nil {
		return nil, fmt.Errorf("listing the pods of %s: %w", side.Name, err)
	}
	var ends []end
	for i := range pods.Items {
		pod := &pods.Items[i]
		address, err := netip.ParseAddr(pod.Status.PodIP)
		if err != nil || pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil {
			continue
		}
		e := end{block: blockOf(side.Network.Blocks, address), reaches: map[string]bool{}}
		for _, block := range peer.Network.Blocks {
			e.reaches[block] = path.carries(address, block) && side.Nodes.Reaches(pod, netip.MustParsePrefix(block)).Both()
		}
		ends = append(ends, e)
	}
	return ends, nil
}

func blockOf(blocks []string, address netip.Addr) string {
	for _, block := range blocks {
		if netip.MustParsePrefix(block).Contains(address) {
			return block
		}
	}
	return ""
}

// able is how many pods of a side can talk with all of the peer, as far as their own end decides it.
func (v *sight) able(side, peer *rig.Side) (n int) {
	for _, e := range v.ends[side] {
		if e.reachesAll(peer.Network.Blocks) {
			n++
		}
	}
	return n
}

// all reports whether every pod talks with every pod of the other side.
func (v *sight) all() bool { return v.pairs > 0 && v.talking == v.pairs }

func (v *sight) String() string { return fmt.Sprintf("%d of %d", v.talking, v.pairs) }

func (v *sight) podBar(side, peer *rig.Side) narrate.Bar {
	return narrate.Bar{Label: side.Name + " pods", Unit: "able to reach the peer and to answer it", Done: v.able(side, peer), Total: len(v.ends[side])}
}

func (v *sight) pairBar() narrate.Bar {
	return narrate.Bar{Label: "pod pairs", Unit: "of eu and us that talk", Done: v.talking, Total: v.pairs}
}
