package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/lab"
)

// both VPCs are in it.
const both = "10.8.0.0/13"

type story struct {
	version string
	paint   lab.Paint

	lab  *lab.Lab
	stop []func()
}

func (s *story) tell() (err error) {
	fmt.Print(scene)
	if s.lab, err = lab.New(lab.Options{Version: s.version}); err != nil {
		return err
	}
	defer func() {
		for _, stop := range s.stop {
			stop()
		}
		err = errors.Join(err, s.lab.Close())
	}()
	for _, side := range []lab.Side{lab.A, lab.B} {
		if err := s.serve(s.lab.VM(side)); err != nil {
			return err
		}
	}
	for _, act := range []func() error{s.incident, s.renewal, s.cure, s.missing} {
		if err := act(); err != nil {
			return err
		}
	}
	return nil
}

const scene = `
Two VPCs, peered; routes and groups are right. Pods have addresses of eth1, their nodes' second interface.

   vm-a 10.11.16.20        node-a                             node-b           vm-b 10.12.16.20
        │           eth0 10.11.1.10                      eth0 10.12.1.10             │
        │           eth1 10.11.4.10                      eth1 10.12.4.10             │
     [ vpc-a 10.11.0.0/16 ]═══════════════ pcx ═══════════════[ vpc-b 10.12.0.0/16 ]─┘
             pod-a 10.11.4.91                         pod-b 10.12.4.77
`

func (s *story) title(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Printf("\n%s\n%s\n", text, strings.Repeat("─", len(text)))
}

func (s *story) serve(place lab.Place) error {
	stop, err := lab.Serve(place.Namespace)
	if err == nil {
		s.stop = append(s.stop, stop)
	}
	return err
}

// pod makes one that answers.
func (s *story) pod(side lab.Side, name, host string) (lab.Place, error) {
	pod, err := s.lab.Nodes[side].AddPod(name, side.Addr("4."+host))
	if err != nil {
		return lab.Place{}, err
	}
	place := lab.PodAt(side, pod)
	return place, s.serve(place)
}

// ask sends a request and wants it answered, or not.
func (s *story) ask(from, to lab.Place, answered bool, draw bool) error {
	e := s.lab.Ask(from.Namespace, to.Address)
	result := s.paint(e.OK(), "no answer")
	if e.OK() {
		result = s.paint(true, "200") + ", seen as " + e.Seen.String()
	}
	if address := lab.Masqueraded(e, from); address != "" {
		result += ", masqueraded as " + address
	}
	fmt.Printf("   %-18s %s\n", from.Name+" to "+to.Name, result)
	if draw || !e.OK() {
		for _, line := range lab.Draw(e, lab.Way(from, to), s.paint) {
			fmt.Println("     " + line)
		}
	}
	if e.OK() != answered {
		return fmt.Errorf("%s to %s: %v, want an answer: %t", from.Name, to.Name, e, answered)
	}
	return nil
}

// rules prints the rules of a pod.
func (s *story) rules(side lab.Side, place lab.Place) error {
	rules, err := s.lab.Nodes[side].Rules(place.Address)
	if err != nil {
		return err
	}
	for _, rule := range rules {
		fmt.Printf("   node-%s $ ip rule   %s\n", side, rule)
	}
	return nil
}

var pieces = []struct {
	what string
	edit func(*fabric.State)
}{
	{"the peering connection", func(state *fabric.State) { state.Peerings = nil }},
	{"the route in B", func(state *fabric.State) { state.VPCs[1].Tables[0].Routes = nil }},
	{"the route in A", func(state *fabric.State) { state.VPCs[0].Tables[0].Routes = nil }},
	{"the group rule in A", func(state *fabric.State) {
		group := state.Groups["sg-a"]
		state.Groups["sg-a"] = fabric.Group{Ingress: group.Ingress[:1], Egress: group.Egress}
	}},
}
