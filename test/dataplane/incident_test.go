package dataplane

import (
	"net/netip"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/lab"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// Both VPCs are in it, and it is the smallest block of which that is true.
const both = "10.8.0.0/13"

// everyone is who talks with whom in the incident.
type everyone struct {
	*lab.Lab
	pods map[lab.Side]*node.Pod
}

func gather(t *testing.T, options lab.Options) everyone {
	t.Helper()
	l := start(t, options)
	e := everyone{l, map[lab.Side]*node.Pod{lab.A: pod(t, l, lab.A, "91"), lab.B: pod(t, l, lab.B, "77")}}
	for _, vm := range l.VMs {
		stop, err := lab.Serve(vm)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
	}
	return e
}

// reached wants an answer, and the server to have seen an address.
func reached(t *testing.T, e everyone, what string, from *netspace.Namespace, to, seen netip.Addr) {
	t.Helper()
	if got := e.Ask(from, to); !got.OK() || got.Seen != seen {
		t.Errorf("%s: %v (%v), want an answer to %s", what, got, got.Err, seen)
	}
}

// drop is a packet that goes no further, and why.
type drop struct {
	kind, from, to, why string
}

// blocked wants no answer, and this packet to be dropped there for that reason: a lab that is broken times out as well.
func blocked(t *testing.T, e everyone, what string, from *netspace.Namespace, to netip.Addr, want drop) {
	t.Helper()
	got := e.Ask(from, to)
	d := got.Dropped
	have := drop{d.Kind(), d.Source.Addr().String(), d.Destination.Addr().String(), d.Dropped}
	if got.OK() || have != want {
		t.Errorf("%s: %v, want %v\npath:", what, got, want)
		for _, s := range got.Path {
			t.Log("   ", s)
		}
	}
}

func TestBeforeTheFixAPodIsReachedFromItsOwnVPCAndItsPeersPodsAreNot(t *testing.T) {
	t.Parallel()
	e := gather(t, lab.Options{})
	a, b := e.pods[lab.A], e.pods[lab.B]
	reached(t, e, "A's VM to A's pod", e.VMs[lab.A], a.Address, lab.A.Addr("16.20"))
	reached(t, e, "B's pod to A's VM, masqueraded", b.Namespace, lab.A.Addr("16.20"), lab.B.Addr("1.10"))
	blocked(t, e, "B's pod to A's pod", b.Namespace, a.Address, drop{"SYN-ACK", "10.11.4.91", "10.12.1.10", fabric.SourceCheck + " eni-a-eth0"})
	blocked(t, e, "A's pod to B's pod", a.Namespace, b.Address, drop{"SYN-ACK", "10.12.4.77", "10.11.1.10", fabric.SourceCheck + " eni-b-eth0"})
}

func TestWithTheFixOnBothSidesPodsTalkBothWaysAndSeeEachOthersOwnAddress(t *testing.T) {
	t.Parallel()
	e := gather(t, lab.Options{Native: map[lab.Side]string{lab.A: both, lab.B: both}})
	a, b := e.pods[lab.A], e.pods[lab.B]
	reached(t, e, "B's pod to A's pod", b.Namespace, a.Address, b.Address)
	reached(t, e, "A's pod to B's pod", a.Namespace, b.Address, a.Address)
	reached(t, e, "A's VM to A's pod", e.VMs[lab.A], a.Address, lab.A.Addr("16.20"))
	reached(t, e, "B's pod to A's VM", b.Namespace, lab.A.Addr("16.20"), b.Address)
}

func TestWithTheFixOnOneSideOnlyThatSidesPodsAreReachedAndMasqueraded(t *testing.T) {
	t.Parallel()
	e := gather(t, lab.Options{Native: map[lab.Side]string{lab.A: both}})
	a, b := e.pods[lab.A], e.pods[lab.B]
	reached(t, e, "B's pod to A's pod", b.Namespace, a.Address, lab.B.Addr("1.10"))
	blocked(t, e, "A's pod to B's pod", a.Namespace, b.Address, drop{"SYN-ACK", "10.12.4.77", "10.11.4.91", fabric.SourceCheck + " eni-b-eth0"})
}

func TestWithMasqueradingOffNothingNeedsToBeDone(t *testing.T) {
	t.Parallel()
	e := gather(t, lab.Options{MasqueradeOff: true})
	a, b := e.pods[lab.A], e.pods[lab.B]
	reached(t, e, "B's pod to A's pod", b.Namespace, a.Address, b.Address)
	reached(t, e, "A's pod to B's pod", a.Namespace, b.Address, a.Address)
	reached(t, e, "A's VM to A's pod", e.VMs[lab.A], a.Address, lab.A.Addr("16.20"))
	reached(t, e, "B's pod to A's VM", b.Namespace, lab.A.Addr("16.20"), b.Address)
}
