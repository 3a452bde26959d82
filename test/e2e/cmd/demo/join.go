package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
)

// readyWithin is how long the VPCPeering may take to be Ready.
const readyWithin = 150 * time.Second

// join applies one VPCPeering and follows it until pods talk with pods.
func (s *story) join(ctx context.Context) error {
	s.screen.Title("The owners of accounts and clusters have their say, once")
	if err := s.apply(ctx, "owners.yaml", ownersYAML); err != nil {
		return err
	}
	s.screen.Title("One VPCPeering")
	if err := s.apply(ctx, "peering.yaml", peeringYAML); err != nil {
		return err
	}
	s.screen.Line("")
	f := &follower{
		story: s, timeline: narrate.NewTimeline(s.screen, s.callsSoFar()), progress: narrate.NewProgress(s.screen),
	}
	defer f.progress.Clear()
	if err := poll(ctx, readyWithin, func() (string, error) { return f.look(ctx) }); err != nil {
		return err
	}
	return f.conclude(ctx)
}

// callsSoFar counts the calls from now on.
func (s *story) callsSoFar() func() int {
	before := s.calls.Total()
	return func() int { return s.calls.Total() - before }
}

// follower tells how a VPCPeering comes to be Ready.
type follower struct {
	story    *story
	timeline *narrate.Timeline
	progress *narrate.Progress
	// network is who talked when AWS was ready and no node was renewed yet.
	network   *sight
	networkAt time.Duration
}

// look tells what is new and says what is missing.
func (f *follower) look(ctx context.Context) (string, error) {
	peering, err := f.story.peering(ctx)
	if err != nil {
		return "", err
	}
	conditions := peering.Status.Conditions
	f.timeline.Show(conditions, append(v1alpha1.VPCPeeringSteps(), v1alpha1.ConditionStalled, v1alpha1.ConditionReady))
	if stalled := meta.FindStatusCondition(conditions, v1alpha1.ConditionStalled); stalled != nil {
		return "", fmt.Errorf("the VPCPeering is stalled: %s: %s", stalled.Reason, stalled.Message)
	}
	seen, err := f.story.look(ctx)
	if err != nil {
		return "", err
	}
	if err := f.remember(ctx, conditionIsTrue(peering, v1alpha1.ConditionRoutesReady), seen); err != nil {
		return "", err
	}
	if err := f.draw(ctx, seen); err != nil {
		return "", err
	}
	if !conditionIsTrue(peering, v1alpha1.ConditionReady) {
		return "the VPCPeering is not Ready", nil
	}
	return "", nil
}

func conditionIsTrue(peering *v1alpha1.VPCPeering, kind string) bool {
	return meta.IsStatusConditionTrue(peering.Status.Conditions, kind)
}

func (f *follower) remember(ctx context.Context, networkReady bool, seen *sight) error {
	switch {
	case !networkReady:
		return nil
	case f.network == nil:
		f.network, f.networkAt = seen, f.timeline.Elapsed()
	case f.network.String() != seen.String():
		return nil // a node was renewed meanwhile
	}
	return f.story.wire.remember(ctx)
}

func (f *follower) draw(ctx context.Context, seen *sight) error {
	var bars []narrate.Bar
	sides := f.story.rig.Sides()
	for i, side := range sides {
		cluster, err := f.story.cluster(ctx, side)
		if err != nil {
			return err
		}
		if nodes := cluster.Status.Nodes; nodes != nil && f.network != nil {
			bars = append(bars, narrate.Bar{
				Label: side.Name + " nodes", Unit: "carry the new routing", Done: int(nodes.Current), Total: int(nodes.Total), Note: doing(nodes),
			})
		}
		bars = append(bars, seen.podBar(side, sides[1-i]))
	}
	head := fmt.Sprintf("  %6.1fs  %4d AWS calls", f.timeline.Elapsed().Seconds(), f.story.calls.Total())
	f.progress.Show(head, append(bars, seen.pairBar())...)
	return nil
}

func doing(nodes *v1alpha1.NodeCounts) string {
	if nodes.InProgress == 0 {
		return ""
	}
	return fmt.Sprintf("%d in progress", nodes.InProgress)
}

// conclude checks what must hold when the VPCPeering says that it is Ready.
func (f *follower) conclude(ctx context.Context) error {
	s := f.story
	seen, err := s.look(ctx)
	if err != nil {
		return err
	}
	f.progress.Clear()
	if f.network == nil {
		return errors.New("the VPCPeering is Ready, and its routes never were")
	}
	s.screen.Line("")
	s.screen.Say("AWS was ready after %.0f s, and %s pairs of pods talked: those of two pods that both happen to be on their node's "+
		"first interface. That is the incident: all is green in AWS, and it works only sometimes. The rest was the nodes' routing: "+
		"now %s pairs talk.", f.networkAt.Seconds(), f.network, seen)
	s.note("AWS was ready after %.0f s: %s pairs talked", f.networkAt.Seconds(), f.network)
	s.note("Ready after %.0f s and %d AWS calls, %d of them writes: %s pairs talk", f.timeline.Elapsed().Seconds(), s.calls.Total(), s.calls.Writes(), seen)
	if !seen.all() {
		return fmt.Errorf("the VPCPeering is Ready, and %s pairs of pods talk: want all", seen)
	}
	if f.network.all() {
		return fmt.Errorf("%s pairs of pods talked before any node was renewed: the incident did not show", f.network)
	}
	return nil
}
