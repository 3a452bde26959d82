package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// story is what the scenes share.
type story struct {
	screen *narrate.Screen
	keep   bool
	nodes  int

	rig   *rig.Rig
	began time.Time
	calls *callCounter
	aws   *observer
	wire  packets
	// programs is the folder of kubectl's plugin.
	programs string
	// report is the lines of the summary.
	report []string
}

func (s *story) scenes() []func(context.Context) error {
	scenes := []func(context.Context) error{s.setUp, s.buildPlugin, s.showBefore, s.join, s.showResult, s.repair, s.showPackets}
	if s.keep {
		return append(scenes, s.stay)
	}
	return append(scenes, s.leave, s.sumUp)
}

// note keeps a line for the summary.
func (s *story) note(format string, args ...any) {
	s.report = append(s.report, fmt.Sprintf(format, args...))
}

// showLog prints what helps to find out why the story failed.
func (s *story) showLog(ctx context.Context) {
	if s.rig.Manager == nil {
		return
	}
	s.screen.Status()
	s.screen.Title("The objects, and the end of the manager's log")
	out, kubectlErr := s.rig.EU.Cluster.Kubectl(context.WithoutCancel(ctx), "get", "vpcpeerings,peeredclusters,awsidentities", "-A", "-o", "yaml")
	if kubectlErr == nil {
		s.screen.Output(out)
	}
	s.screen.Output(s.rig.Tail(40))
	if log, readErr := os.ReadFile(s.rig.WireLog()); readErr == nil { // there is none where there is no data plane
		lines := strings.Split(string(log), "\n")
		s.screen.Output(strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
}

// kubectl runs kubectl on the cluster that crossvpc runs in, and shows both.
func (s *story) kubectl(ctx context.Context, args ...string) error {
	s.screen.Command("kubectl " + join(args))
	out, err := s.rig.EU.Cluster.Kubectl(ctx, args...)
	if err != nil {
		return err
	}
	s.screen.Output(out)
	return nil
}

func (s *story) sumUp(context.Context) error {
	s.screen.Title("In short")
	for _, line := range s.report {
		s.screen.Done(line)
	}
	s.screen.Done(fmt.Sprintf("the whole story took %.0f s", time.Since(s.began).Seconds()))
	return nil
}

// poll asks until done says so, or time is up; the last answer says what was missing.
func poll(ctx context.Context, patience time.Duration, done func() (missing string, err error)) error {
	const pause = 150 * time.Millisecond
	deadline := time.Now().Add(patience)
	for {
		missing, err := done()
		if err != nil {
			return err
		}
		if missing == "" {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after %s: %s", patience, missing)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
