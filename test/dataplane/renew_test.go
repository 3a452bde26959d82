package dataplane

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/lab"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// The version of the agent is emulated: it decides only whether a starting agent calls Configure of Cilium's library,
// which really runs, for the pods that it finds.
func TestWithoutTheRestoreFixARenewedAgentBreaksOldPodsUntilTheyAreRecreated(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.16.0", "1.19.1", "1.20.1"} {
		t.Run(version+" (emulated)", func(t *testing.T) {
			t.Parallel()
			e := gather(t, lab.Options{Version: version})
			a, b := e.pods[lab.A], e.pods[lab.B]
			reached(t, e, "B's old pod to A's VM, before", b.Namespace, lab.A.Addr("16.20"), lab.B.Addr("1.10"))
			if err := e.Renew(both); err != nil {
				t.Fatal(err)
			}
			newA, newB := pod(t, e.Lab, lab.A, "92"), pod(t, e.Lab, lab.B, "78")
			reached(t, e, "B's new pod to A's new pod", newB.Namespace, newA.Address, newB.Address)
			reached(t, e, "A's new pod to B's new pod", newA.Namespace, newB.Address, newA.Address)
			reached(t, e, "A's VM to A's old pod", e.VMs[lab.A], a.Address, lab.A.Addr("16.20"))
			// What worked before, masqueraded, is broken: no masquerading any more, and no rule yet.
			blocked(t, e, "B's old pod to A's VM", b.Namespace, lab.A.Addr("16.20"),
				drop{"SYN", "10.12.4.77", "10.11.16.20", fabric.SourceCheck + " eni-b-eth0"})
			blocked(t, e, "B's old pod to A's new pod", b.Namespace, newA.Address,
				drop{"SYN", "10.12.4.77", "10.11.4.92", fabric.SourceCheck + " eni-b-eth0"})
			// As it was on 1.16, whose agent leaves the filter on, the node itself drops it.
			want := drop{"SYN-ACK", "10.11.4.91", "10.12.4.78", fabric.SourceCheck + " eni-a-eth0"}
			if version == "1.16.0" {
				want = drop{"SYN", "10.12.4.78", "10.11.4.91", fabric.ReverseFilter + " eth1"}
			}
			blocked(t, e, "B's new pod to A's old pod", newB.Namespace, a.Address, want)

			if err := e.Nodes[lab.A].DeletePod(a); err != nil {
				t.Fatal(err)
			}
			again := pod(t, e.Lab, lab.A, "93")
			reached(t, e, "B's new pod to A's old pod recreated", newB.Namespace, again.Address, newB.Address)
		})
	}
}

func TestWithTheRestoreFixARenewedAgentIsEnough(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.19.8", "1.20.2"} {
		t.Run(version+" (emulated)", func(t *testing.T) {
			t.Parallel()
			e := gather(t, lab.Options{Version: version})
			a, b := e.pods[lab.A], e.pods[lab.B]
			if err := e.Renew(both); err != nil {
				t.Fatal(err)
			}
			reached(t, e, "B's old pod to A's old pod", b.Namespace, a.Address, b.Address)
			reached(t, e, "A's old pod to B's old pod", a.Namespace, b.Address, a.Address)
			reached(t, e, "B's old pod to A's VM", b.Namespace, lab.A.Addr("16.20"), b.Address)
		})
	}
}

// moveToFirst gives an address of A's second interface to its first one, as Cilium's operator may when it has released it.
func moveToFirst(t *testing.T, l *lab.Lab, address netip.Addr) {
	t.Helper()
	prefix := netip.PrefixFrom(address, 32)
	without := func(all []netip.Prefix) []netip.Prefix {
		return slices.DeleteFunc(slices.Clone(all), func(p netip.Prefix) bool { return p == prefix })
	}
	n := l.Nodes[lab.A]
	n.Devices[0].Secondary, n.Devices[1].Secondary = []netip.Prefix{prefix}, without(n.Devices[1].Secondary)
	err := l.Fabric.Edit(func(state *fabric.State) {
		state.Interfaces = slices.Clone(state.Interfaces)
		for i := range state.Interfaces {
			switch state.Interfaces[i].ID {
			case n.Devices[0].ID:
				state.Interfaces[i].Secondary = n.Devices[0].Secondary
			case n.Devices[1].ID:
				state.Interfaces[i].Secondary = n.Devices[1].Secondary
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rules(t *testing.T, n *node.Node, address netip.Addr) []string {
	t.Helper()
	got, err := n.Rules(address)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAStaleRuleOfADeletedPodBitesWhenItsAddressMovesToTheOtherInterface(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.19.1", "1.20.2"} {
		t.Run(version+" (emulated)", func(t *testing.T) {
			t.Parallel()
			e := gather(t, lab.Options{Version: version})
			n, old := e.Nodes[lab.A], e.pods[lab.A]
			address := old.Address
			if err := e.Renew(both); err != nil {
				t.Fatal(err)
			}
			if err := n.DeletePod(old); err != nil {
				t.Fatal(err)
			}
			if failed := old.DeleteError() != nil; failed != (version == "1.19.1") {
				t.Errorf("Cilium's library said %v when it deleted the pod's rules", old.DeleteError())
			}
			stale := []string{"111: from 10.11.4.91 to 10.11.0.0/16 lookup 11"}
			if got := rules(t, n, address); !slices.Equal(got, stale) {
				t.Fatalf("rules %q are left, want %q", got, stale)
			}
			moveToFirst(t, e.Lab, address)
			moved := pod(t, e.Lab, lab.A, "91")
			want := append(stale, "111: from 10.11.4.91 to 10.8.0.0/13 lookup 10")
			if got := rules(t, n, address); !slices.Equal(got, want) {
				t.Errorf("rules %q, want %q", got, want)
			}
			blocked(t, e, "A's VM to the pod", e.VMs[lab.A], moved.Address,
				drop{"SYN-ACK", "10.11.4.91", "10.11.16.20", fabric.SourceCheck + " eni-a-eth1"})
		})
	}
}

// The control of the test above: an address that moves without a stale rule is reached.
func TestAnAddressThatMovesWithoutAStaleRuleIsReached(t *testing.T) {
	t.Parallel()
	e := gather(t, lab.Options{})
	old := e.pods[lab.A]
	if err := e.Nodes[lab.A].DeletePod(old); err != nil || old.DeleteError() != nil {
		t.Fatal(err, old.DeleteError())
	}
	moveToFirst(t, e.Lab, old.Address)
	moved := pod(t, e.Lab, lab.A, "91")
	reached(t, e, "A's VM to the pod", e.VMs[lab.A], moved.Address, lab.A.Addr("16.20"))
}
