package freeport

import (
	"net"
	"strconv"
	"testing"
)

func TestAPortIsFreeAndGivenOnceAndNoneThatAKernelGives(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 2000 { // of 17,000: some would be given twice
		port, err := Loopback(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if port < first || port >= 32768 || seen[port] {
			t.Fatalf("port %d, before %d others", port, len(seen))
		}
		seen[port] = true
	}
}

func TestAPortThatSomebodyListensOnIsNotGiven(t *testing.T) {
	t.Parallel()
	held := map[int]bool{}
	for port := first; port <= last; port += 2 {
		if listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil && len(held) < 500 {
			t.Cleanup(func() { _ = listener.Close() })
			held[port] = true
		} else if err == nil {
			_ = listener.Close()
			break
		}
	}
	for range 1000 {
		if port, err := Loopback(t.Context()); err != nil || held[port] {
			t.Fatalf("port %d, which is taken: %v", port, err)
		}
	}
}
