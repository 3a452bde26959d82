// Package freeport finds ports for programs that take a number, and no listener that is open already.
package freeport

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Where ports are looked for: below those that a kernel gives to whoever asks for any. Between the choice and the moment in which the
// program listens, which may be half a minute, thousands of tests ask for any (Linux: ip_local_port_range in ip(7), from 32768 on;
// macOS: net.inet.ip.portrange.first, 49152).
const (
	first = 15000
	last  = 31999
)

// mostTries is how many ports are tried: most are free.
const mostTries = 1000

// given are the ports that this process was given already.
var given sync.Map

// Loopback is a port of 127.0.0.1 that nobody listens on, another one each time.
func Loopback(ctx context.Context) (int, error) {
	var refused error
	for range mostTries {
		port := pick()
		if _, twice := given.LoadOrStore(port, true); twice {
			continue
		}
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listener.Close()
		}
		refused = err
	}
	return 0, fmt.Errorf("find a free port: %w", errors.Join(refused, errors.New("none was free")))
}

func pick() int { return first + rand.IntN(last-first+1) } //nolint:gosec // it keeps processes apart, and no secret
