package main

import (
	"fmt"

	"github.com/crossvpc/crossvpc/test/dataplane/lab"
)

func (s *story) incident() error {
	s.title("All is right in AWS, and nothing has been done about Cilium %s", s.version)
	a, err := s.pod(lab.A, "pod-a", "91")
	if err != nil {
		return err
	}
	b, err := s.pod(lab.B, "pod-b", "77")
	if err != nil {
		return err
	}
	for _, one := range []struct {
		from, to lab.Place
		answered bool
	}{{s.lab.VM(lab.A), a, true}, {b, s.lab.VM(lab.A), true}, {b, a, false}, {a, b, false}} {
		if err := s.ask(one.from, one.to, one.answered, false); err != nil {
			return err
		}
	}
	fmt.Println("   The answer finds no rule that covers the peer, takes the main table, and leaves by eth0:")
	return s.rules(lab.A, a)
}

func (s *story) renewal() error {
	s.title("ipv4-native-routing-cidr is set to %s, and the agents are restarted: no more", both)
	if err := s.lab.Renew(both); err != nil {
		return err
	}
	old := lab.PodAt(lab.B, s.lab.Nodes[lab.B].Pods()[0])
	fmt.Println("   An old pod is not masqueraded any more, and has no rule yet. What worked before is broken:")
	if err := s.ask(old, s.lab.VM(lab.A), s.lab.Config("").Release.RestoresRules, true); err != nil {
		return err
	}
	return s.rules(lab.B, old)
}

func (s *story) cure() error {
	s.title("The pods are recreated")
	for _, n := range s.lab.Nodes {
		for _, pod := range n.Pods() {
			if err := n.DeletePod(pod); err != nil {
				return err
			}
		}
	}
	a, err := s.pod(lab.A, "pod-a", "92")
	if err != nil {
		return err
	}
	b, err := s.pod(lab.B, "pod-b", "78")
	if err != nil {
		return err
	}
	for _, one := range [][2]lab.Place{{b, a}, {a, b}, {s.lab.VM(lab.A), a}, {b, s.lab.VM(lab.A)}} {
		if err := s.ask(one[0], one[1], true, one[0].Name == "pod-b" && one[1].Name == "pod-a"); err != nil {
			return err
		}
	}
	return s.rules(lab.A, a)
}

// missing takes one piece away at a time.
func (s *story) missing() error {
	a := lab.PodAt(lab.A, s.lab.Nodes[lab.A].Pods()[0])
	b := lab.PodAt(lab.B, s.lab.Nodes[lab.B].Pods()[0])
	for _, piece := range pieces {
		s.title("Without %s", piece.what)
		state := lab.Healthy()
		piece.edit(&state)
		if err := s.lab.Fabric.Apply(state); err != nil {
			return err
		}
		if err := s.ask(b, a, false, true); err != nil {
			return err
		}
	}
	s.title("With everything there again")
	if err := s.lab.Fabric.Apply(lab.Healthy()); err != nil {
		return err
	}
	return s.ask(b, a, true, true)
}
