package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// Port that servers listen on.
const Port = 8080

// firstPort of clients: each connection has one of its own, so that its packets can be told from others'.
const firstPort, portCount = 20000, 12000

// patience is how long a client waits: in here a packet takes microseconds, and a SYN is sent again after a second.
const patience = 400 * time.Millisecond

// Caller sends requests and finds out what became of them.
type Caller struct {
	Log *fabric.Log
	// Nodes are all that a request may cross.
	Nodes func() []*node.Node

	ports atomic.Uint32
}

// Exchange is what came of a request from one place to another.
type Exchange struct {
	// Seen is the address that the server saw; invalid where there was no answer.
	Seen netip.Addr
	// Dropped is the packet that went no further, and where.
	Dropped fabric.Sighting
	// Path is all that was seen of the connection.
	Path []fabric.Sighting
	Err  error
}

// OK reports whether there was an answer.
func (e Exchange) OK() bool { return e.Err == nil }

func (e Exchange) String() string {
	if e.OK() {
		return "200, seen as " + e.Seen.String()
	}
	return e.Dropped.String()
}

// Serve answers HTTP requests in a namespace with the client's address, until the function that it returns is called.
func Serve(ns *netspace.Namespace) (func(), error) {
	var listener net.Listener
	err := ns.Do(func() (err error) {
		listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp4", fmt.Sprintf("0.0.0.0:%d", Port))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("serve in %s: %w", ns.Name, err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		_, _ = io.WriteString(w, host)
	})}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

// attempts are made while there is neither an answer nor a packet that was dropped: then the machine is slow.
const attempts = 6

// Ask sends a request from a namespace to an address, and finds out what became of it.
func (c *Caller) Ask(from *netspace.Namespace, to netip.Addr) (e Exchange) {
	for n := range attempts {
		if e = c.ask(from, to, patience<<n); e.OK() || e.Dropped.Dropped != "" {
			break
		}
	}
	return e
}

func (c *Caller) ask(from *netspace.Namespace, to netip.Addr, patience time.Duration) Exchange {
	port := uint16(firstPort + c.ports.Add(1)%portCount)
	before := c.reversePathDrops()
	c.Log.Forget(port)
	var e Exchange
	e.Seen, e.Err = get(from, to, port, patience)
	if e.Err != nil {
		e.Dropped = c.dropped(port, before)
	}
	e.Path = c.Log.Of(port)
	return e
}

// get dials inside the namespace and on this goroutine: http.Transport would dial on another one, outside.
func get(from *netspace.Namespace, to netip.Addr, port uint16, patience time.Duration) (seen netip.Addr, err error) {
	var connection net.Conn
	deadline := time.Now().Add(patience)
	if err := from.Do(func() (err error) {
		dialer := net.Dialer{Deadline: deadline, LocalAddr: &net.TCPAddr{Port: int(port)}}
		connection, err = dialer.DialContext(context.Background(), "tcp4", netip.AddrPortFrom(to, Port).String())
		return err
	}); err != nil {
		return seen, err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(deadline); err != nil {
		return seen, err
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+to.String()+"/", http.NoBody)
	if err != nil {
		return seen, err
	}
	if err := request.Write(connection); err != nil {
		return seen, err
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), request)
	if err != nil {
		return seen, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return seen, fmt.Errorf("answer %s %q: %w", response.Status, body, err)
	}
	return netip.ParseAddr(strings.TrimSpace(string(body)))
}

func (c *Caller) reversePathDrops() map[string]int {
	counts := map[string]int{}
	for _, n := range c.Nodes() {
		counts[n.Hostname], _ = n.ReversePathDrops() // 0 where it can't be read
	}
	return counts
}

// dropped finds the packet that was dropped. The reverse path filter of a node reports none: there its counter has gone
// up, and the last packet that was seen to come in is it.
func (c *Caller) dropped(port uint16, before map[string]int) fabric.Sighting {
	for name, count := range c.reversePathDrops() {
		if count == before[name] {
			continue
		}
		for _, s := range c.Log.Of(port) {
			if s.Where == name && s.Interface != "pod" {
				s.Dropped = fabric.ReverseFilter + " " + s.Interface
				return s
			}
		}
	}
	s, _ := c.Log.Drop(port, patience)
	return s
}
