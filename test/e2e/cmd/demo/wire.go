package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// packets is the data plane beside the story; where there are no network namespaces it is missing.
type packets struct {
	*rig.Wire
	missing error
	// incident is what became of a request when AWS was ready and no node renewed.
	incident rig.WireAnswer
}

func (p *packets) build(ctx context.Context, folder string, progress io.Writer) error {
	p.missing = rig.BuildWire(ctx, folder, progress)
	if p.absent() && !errors.Is(p.missing, rig.ErrNoDataPlane) {
		return p.missing
	}
	return nil
}

func (p *packets) absent() bool { return p.missing != nil }

func (p *packets) start(ctx context.Context, r *rig.Rig, folder string) (err error) {
	if !p.absent() {
		p.Wire, err = r.StartWire(ctx, folder)
	}
	return err
}

// ends are the pods of either side that the incident can happen to: their addresses are on a second interface.
func (p *packets) ends(ctx context.Context) (eu, us []rig.WirePod, err error) {
	pods, err := p.Pods(ctx)
	for _, pod := range pods {
		second := slices.ContainsFunc(pod.Rules, func(rule string) bool { return strings.HasSuffix(rule, " lookup 11") })
		switch {
		case !second:
		case strings.HasPrefix(pod.Name, "eu/default/"):
			eu = append(eu, pod)
		case strings.HasPrefix(pod.Name, "us/default/"):
			us = append(us, pod)
		}
	}
	return eu, us, err
}

// remember asks, once, from a pod of us to one of eu.
func (p *packets) remember(ctx context.Context) error {
	if p.absent() || p.incident.Drawing != nil {
		return nil
	}
	eu, us, err := p.ends(ctx)
	if err != nil || len(eu) == 0 || len(us) == 0 {
		return err // they are not up yet: the next look asks
	}
	p.incident, err = p.Ask(ctx, us[0].Name, eu[0].Name)
	return err
}

func (p *packets) draw(screen *narrate.Screen, answer rig.WireAnswer) {
	for _, line := range answer.Drawing {
		style := narrate.Green
		if strings.Contains(line, "✗") || strings.Contains(line, "dropped") {
			style = narrate.Red
		}
		screen.Line("    %s", screen.Style(style, line))
	}
}

// incidentShown fails unless a request was asked before any node was renewed, and got lost.
func (p *packets) incidentShown() error {
	switch {
	case p.incident.Drawing == nil:
		return errors.New("no request was asked with real packets before the first node was renewed: the incident did not show")
	case p.incident.OK:
		return errors.New("the request that was asked before any node was renewed was answered: the incident did not show")
	}
	return nil
}

// upWithin is how long the data plane may take to follow the last pods.
const upWithin = 20 * time.Second

// showPackets tells the same once more, with real packets.
func (s *story) showPackets(ctx context.Context) error {
	s.screen.Title("The same with real packets")
	if s.wire.absent() {
		s.screen.Say("This scene is left out: %v.", s.wire.missing)
		s.note("real packets: left out, %v", s.wire.missing)
		return nil
	}
	s.screen.Say("Beside all this, network namespaces have played both VPCs, every node and every pod. Their routes and groups are those " +
		"that crossvpc made in AWS; the pods' rules are programmed by Cilium's own CNI plugin, from the CiliumNodeConfigs that it wrote.")
	if s.wire.incident.Drawing != nil {
		s.screen.Say("When AWS was ready, and no node renewed:")
		s.wire.draw(s.screen, s.wire.incident)
	}
	if err := s.wire.incidentShown(); err != nil {
		return err
	}
	answered, asked, sample, err := s.askAll(ctx)
	if err != nil {
		return err
	}
	s.screen.Say("Now:")
	s.wire.draw(s.screen, sample)
	s.screen.Done(fmt.Sprintf("%d of %d HTTP requests from pod to pod, both ways, are answered, and the server sees the pod's own address", answered, asked))
	s.note("real packets: %d of %d HTTP requests from pod to pod are answered", answered, asked)
	if answered != asked {
		return fmt.Errorf("%d of %d requests between pods are answered", answered, asked)
	}
	return nil
}

// askAll asks from each pod of a side to each of the other, both ways.
func (s *story) askAll(ctx context.Context) (answered, asked int, sample rig.WireAnswer, err error) {
	var eu, us []rig.WirePod
	err = poll(ctx, upWithin, func() (missing string, err error) {
		for i, side := range s.rig.Sides() {
			own, missing, err := s.wire.PodsOf(ctx, side, "default")
			if err != nil || missing != "" {
				return missing, err
			}
			*[]*[]rig.WirePod{&eu, &us}[i] = own
		}
		return "", nil
	})
	for _, ways := range [][2][]rig.WirePod{{us, eu}, {eu, us}} {
		for _, from := range ways[0] {
			for _, to := range ways[1] {
				if err != nil {
					return answered, asked, sample, err
				}
				var got rig.WireAnswer
				got, err = s.wire.Ask(ctx, from.Name, to.Name)
				if asked++; got.OK && got.Seen == from.Address {
					answered++
				}
				if asked == 1 || err == nil && (!got.OK || secondInterfaces(got)) {
					sample = got
				}
			}
		}
	}
	return answered, asked, sample, err
}

// secondInterfaces reports whether packet and answer left and came by second interfaces, which the story is about.
func secondInterfaces(answer rig.WireAnswer) bool {
	return !strings.Contains(strings.Join(answer.Drawing, ""), "eth0")
}

// showGone asks once more when nothing is left.
func (p *packets) showGone(ctx context.Context, screen *narrate.Screen) error {
	if p.absent() {
		return nil
	}
	eu, us, err := p.ends(ctx)
	if err != nil || len(eu) == 0 || len(us) == 0 {
		return err
	}
	got, err := p.Ask(ctx, us[0].Name, eu[0].Name)
	if err != nil {
		return err
	}
	p.draw(screen, got)
	if got.OK {
		return errors.New("a pod is answered that has no way to the other any more")
	}
	return nil
}
