package dataplane

import (
	"slices"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/lab"
)

// unchecked switches the source/destination check off.
func unchecked(state *fabric.State) {
	for i := range state.Interfaces {
		state.Interfaces[i].Unchecked = true
	}
}

// The versions are emulated: what differs between them in the agent is played, the routing code is the same.
func TestWhichHopDropsWhichPacketDependsOnTheVersionAndTheReversePathFilter(t *testing.T) {
	t.Parallel()
	syn := drop{"SYN", "10.12.1.10", "10.11.4.91", fabric.ReverseFilter + " eth1"}
	answer := drop{"SYN-ACK", "10.11.4.91", "10.12.1.10", fabric.SourceCheck + " eni-a-eth0"}
	for name, test := range map[string]struct {
		version string
		filter  int
		want    drop
	}{
		"1.16 (emulated), strict: A's node drops the SYN":                         {"1.16.0", 1, syn},
		"1.16 (emulated), loose: AWS drops the answer":                            {"1.16.0", 2, answer},
		"1.19 (emulated), strict, which its agent switches off: AWS drops it too": {"1.19.1", 1, answer},
		"1.20.2, strict, which its agent switches off: AWS drops it too":          {"1.20.2", 1, answer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := gather(t, lab.Options{Version: test.version, ReversePathFilter: &test.filter})
			blocked(t, e, "B's pod to A's pod", e.pods[lab.B].Namespace, e.pods[lab.A].Address, test.want)
			reached(t, e, "A's VM to A's pod", e.VMs[lab.A], e.pods[lab.A].Address, lab.A.Addr("16.20"))
		})
	}
}

// What drops the packet is what is said to: with it out of the way the packet comes through.
func TestWithoutTheSourceCheckTheUnfixedRulesLetPodsTalkSoItIsTheCheckThatBlocks(t *testing.T) {
	t.Parallel()
	for name, filter := range map[string]int{"reverse path filter off": 0, "loose": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := gather(t, lab.Options{Version: "1.16.0", ReversePathFilter: &filter, Edit: unchecked})
			reached(t, e, "B's pod to A's pod", e.pods[lab.B].Namespace, e.pods[lab.A].Address, lab.B.Addr("1.10"))
			reached(t, e, "A's pod to B's pod", e.pods[lab.A].Namespace, e.pods[lab.B].Address, lab.A.Addr("1.10"))
		})
	}
	t.Run("strict: the filter blocks without the check too", func(t *testing.T) {
		t.Parallel()
		e := gather(t, lab.Options{Version: "1.16.0", Edit: unchecked})
		blocked(t, e, "B's pod to A's pod", e.pods[lab.B].Namespace, e.pods[lab.A].Address,
			drop{"SYN", "10.12.1.10", "10.11.4.91", fabric.ReverseFilter + " eth1"})
	})
}

// The kernel's rules are those of docs/facts/cilium.md#which-installs-need-a-wider-value.
func TestThePodsRulesAreCiliums(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options lab.Options
		want    string
	}{
		"no CIDR":          {lab.Options{}, "111: from 10.11.4.91 to 10.11.0.0/16 lookup 11"},
		"10.0.0.0/8":       {lab.Options{Native: map[lab.Side]string{lab.A: "10.0.0.0/8"}}, "111: from 10.11.4.91 to 10.0.0.0/8 lookup 11"},
		"both VPCs":        {lab.Options{Native: map[lab.Side]string{lab.A: both}}, "111: from 10.11.4.91 to 10.8.0.0/13 lookup 11"},
		"masquerading off": {lab.Options{MasqueradeOff: true}, "111: from 10.11.4.91 lookup 11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := start(t, test.options)
			a := pod(t, l, lab.A, "91")
			got, err := l.Nodes[lab.A].Rules(a.Address)
			if err != nil || !slices.Equal(got, []string{test.want}) {
				t.Errorf("rules %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestAnAgentRefusesACIDRApartFromItsVPC(t *testing.T) {
	t.Parallel()
	l := start(t, lab.Options{})
	if err := l.Renew("192.168.0.0/16"); err == nil {
		t.Error("accepted")
	}
}
