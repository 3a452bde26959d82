package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

func (s *story) setUp(ctx context.Context) error {
	s.began = time.Now()
	s.screen.Title("Two EKS clusters in two accounts and regions, whose pods cannot talk to each other")
	s.screen.Say("Real control planes and the manager's real binary; AWS, the nodes and Cilium's agents are simulated. " +
		"Nothing leaves this machine.")
	say := s.settingUp()
	folder, err := os.MkdirTemp("", "crossvpc-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "manager")
	say("the manager's binary, built from the sources")
	if err := rig.BuildManager(ctx, binary, building{s.screen, "the manager's binary"}); err != nil {
		return err
	}
	say("the data plane, with Cilium's own code")
	if err := s.wire.build(ctx, folder, building{s.screen, "the data plane"}); err != nil {
		return err
	}
	say("the chart, rendered by Helm's own library")
	chart, err := rig.BuildChart(ctx, folder, building{s.screen, "Helm's library"})
	if err != nil {
		return err
	}
	if s.rig, err = rig.Start(ctx, rig.Options{Nodes: s.nodes, Chart: chart, EditSim: editNodes(ctx), Say: say, ManagerArgs: []string{"--leader-elect"}}); err != nil {
		return err
	}
	if err := s.wire.start(ctx, s.rig, folder); err != nil {
		return err
	}
	say("the manager, with the rights of its service account")
	if err := s.startManager(ctx, binary); err != nil {
		return err
	}
	say("")
	s.screen.Status()
	s.screen.Done(fmt.Sprintf("all is up after %.1f s", time.Since(s.began).Seconds()))
	return nil
}

// building shows at the bottom of the screen how far a build is: one from nothing takes minutes.
type building struct {
	screen *narrate.Screen
	what   string
}

// Write implements [io.Writer] for whole lines.
func (b building) Write(line []byte) (int, error) {
	b.screen.Status("  … " + b.what + strings.TrimRight(string(line), "\n"))
	return len(line), nil
}

func (s *story) startManager(ctx context.Context, binary string) (err error) {
	if s.aws, err = newObserver(ctx, s.rig); err != nil {
		return err
	}
	// From here on AWS is as slow and as late as the real one.
	s.rig.Cloud.SetTiming(awssim.Realistic())
	s.calls = newCallCounter(s.rig.Cloud)
	return s.rig.StartManager(ctx, binary)
}

// settingUp tells what is being set up, and what the step before has taken.
func (s *story) settingUp() func(string) {
	step, began := "", time.Now()
	return func(next string) {
		if step != "" {
			s.screen.Done(fmt.Sprintf("%-58s %s", step, s.screen.Style(narrate.Dim, fmt.Sprintf("%4.1f s", time.Since(began).Seconds()))))
		}
		step, began = next, time.Now()
		s.screen.Status("  … " + next)
	}
}

func (s *story) showBefore(ctx context.Context) error {
	for _, side := range s.rig.Sides() {
		n := side.Network
		s.screen.Say("%s", fmt.Sprintf("%s: account %s, %s, %s with %s and %s, %d nodes", side.Name, n.Account, n.Region, n.VPCID, n.Blocks[0], n.Blocks[1], s.nodes))
	}
	seen, err := s.look(ctx)
	if err != nil {
		return err
	}
	s.note("before: %s pairs of pods talked", seen)
	s.screen.Say("Of all pairs of a pod here and a pod there, %s can talk.", seen)
	if seen.talking != 0 || seen.pairs == 0 {
		return fmt.Errorf("%s pairs of pods talk before there is a peering: want 0", seen)
	}
	return nil
}
