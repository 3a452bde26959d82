package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Dialer dials peers and proves what passes between them and this pod.
type Dialer struct {
	// Run is the run that the peers' servers must belong to.
	Run string
	// Bytes to transfer each way, 1 to 1048576. More than one full-size packet (9001
	// bytes on EC2) shows whether the path carries what both ends believe it does.
	Bytes int
	// Patience is how long a connection is tried for: a server, or its address in
	// AWS, may come a moment later.
	Patience time.Duration
	// Timeout of one attempt to connect, and of each of the exchanges after it.
	Timeout time.Duration
	// Attempts is how often to connect once more to measure how long that takes and what is lost; 0: never.
	Attempts int
}

// betweenAttempts keeps attempts that are refused at once from being a flood.
const betweenAttempts = 500 * time.Millisecond

// All dials all peers side by side and reports in their order.
func (d Dialer) All(ctx context.Context, peers []netip.AddrPort) []Dial {
	results := make([]Dial, len(peers))
	var group sync.WaitGroup
	for i, peer := range peers {
		group.Go(func() { results[i] = d.One(ctx, peer) })
	}
	group.Wait()
	return results
}

// One dials one peer.
func (d Dialer) One(ctx context.Context, peer netip.AddrPort) Dial {
	result := Dial{Peer: peer.String()}
	conn, tried, err := d.connect(ctx, peer)
	if err != nil {
		result.Outcome, result.Detail = connectOutcome(err), detail(err)
		if result.Outcome == ConnectTimeout && d.Attempts > 0 {
			result.Tries, result.Lost = tried.attempts, tried.lost
		}
		return result
	}
	defer func() { _ = conn.Close() }()
	result.Own = host(conn.LocalAddr().String())
	exchange := exchange{conn: conn, timeout: d.Timeout, run: d.Run}
	result.Seen, result.Outcome, err = exchange.address(ctx)
	if err == nil && result.Outcome == Passed {
		result.Outcome, err = exchange.transfers(ctx, d.Bytes)
	}
	if err != nil {
		result.Detail = detail(err)
	}
	result.Measurement = d.measure(ctx, peer.String())
	if result.Outcome == Passed {
		result.Bytes = d.Bytes
		if d.Attempts > 0 {
			result.Packet = largestSent(conn)
		}
		if result.Seen != result.Own {
			result.Outcome = Masqueraded
		}
	}
	return result
}

// connect tries until it succeeds or patience is at its end; it then tells the
// last failure, not that of having been cut off, and what became of the attempts.
func (d Dialer) connect(ctx context.Context, peer netip.AddrPort) (net.Conn, tried, error) {
	patience, cancel := context.WithTimeout(ctx, d.Patience)
	defer cancel()
	var soFar tried
	for {
		conn, err := (&net.Dialer{Timeout: d.Timeout}).DialContext(ctx, "tcp", peer.String())
		if err == nil {
			return conn, soFar, nil
		}
		soFar = soFar.and(err)
		select {
		case <-patience.Done():
			return nil, soFar, err
		case <-time.After(betweenAttempts):
		}
	}
}

// tried counts the attempts that failed, and those of them that nobody answered: a refusal is an answer.
type tried struct{ attempts, lost int }

func (t tried) and(err error) tried {
	t.attempts++
	if connectOutcome(err) == ConnectTimeout {
		t.lost++
	}
	return t
}

func connectOutcome(err error) Outcome {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.ECONNRESET):
		return Reset
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return Unreachable
	default:
		return ConnectTimeout
	}
}

// longestDetail keeps sixteen results within a termination message.
const longestDetail = 120

func detail(err error) string {
	text := err.Error()
	return text[:min(len(text), longestDetail)]
}

// host is an address without its port, and without a zone.
func host(address string) string {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return address
	}
	return parsed.Addr().Unmap().WithZone("").String()
}
