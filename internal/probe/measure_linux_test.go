package probe

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
)

func TestADialMeasuresConnectTimeLossAndTheLargestPacket(t *testing.T) {
	dialer := patient()
	dialer.Attempts = 5
	got := dialer.One(t.Context(), serveReal(t, run))
	if got.Outcome != Passed || got.Tries != 5 || got.Lost != 0 || len(got.Micros) != 3 {
		t.Fatalf("measured %+v", got)
	}
	if got.Micros[0] <= 0 || got.Micros[0] > got.Micros[1] || got.Micros[1] > got.Micros[2] {
		t.Errorf("shortest, median and longest are %v", got.Micros)
	}
	if got.Packet <= 1500 || got.Packet > 65536 { // the loopback interface has an MTU of 65536
		t.Errorf("the largest packet has %d bytes", got.Packet)
	}
}

// TestWhatIsNotAnsweredIsLost: a refusal is an answer.
func TestWhatIsNotAnsweredIsLost(t *testing.T) {
	dialer := impatient()
	dialer.Attempts = 3
	if got := dialer.One(t.Context(), dropping(t)); got.Outcome != ConnectTimeout || got.Tries == 0 || got.Lost != got.Tries || len(got.Micros) > 0 {
		t.Errorf("of a peer that drops: %+v", got)
	}
	listener, address := listen(t)
	_ = listener.Close()
	if got := dialer.measure(t.Context(), address.String()); got.Tries != 3 || got.Lost != 0 {
		t.Errorf("of a peer that refuses: %+v", got)
	}
	if got := dialer.measure(t.Context(), dropping(t).String()); got.Tries != 3 || got.Lost != 3 {
		t.Errorf("of a peer that drops later: %+v", got)
	}
	if got := dialer.One(t.Context(), netip.MustParseAddrPort(address.String())); got.Lost != 0 {
		t.Errorf("of a peer that refuses from the start: %+v", got)
	}
}

// TestAnAttemptThatWasRefusedIsNotLost also when those after it are: the server ended, and its pod then went.
func TestAnAttemptThatWasRefusedIsNotLost(t *testing.T) {
	var got tried
	for _, err := range []error{
		syscall.ECONNREFUSED, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, syscall.EHOSTUNREACH,
		os.ErrDeadlineExceeded, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}, syscall.ETIMEDOUT,
	} {
		got = got.and(err)
	}
	if want := (tried{attempts: 6, lost: 3}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}
