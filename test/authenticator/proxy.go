package authenticator

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// proxy is an HTTP proxy on loopback that stands for STS under AWS's own names: it ends the TLS of a tunnel to one of
// them, and passes on what comes through to the simulated AWS. It tunnels to nowhere else.
type proxy struct {
	url     string
	tunnels *tunnels
	tls     *tls.Config
}

func startProxy(ctx context.Context, authority *authority, aws string) (*proxy, error) {
	target, err := url.Parse(aws)
	if err != nil {
		return nil, fmt.Errorf("start a proxy for STS: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a proxy for STS: %w", err)
	}
	p := &proxy{url: "http://" + listener.Addr().String(), tls: authority.serving(), tunnels: newTunnels()}
	// The host that the request was signed for stays in it.
	passOn := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, r.In.Host
	}}
	outer := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	inner := &http.Server{Handler: passOn, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = outer.Serve(listener) }()
	go func() { _ = inner.Serve(p.tunnels) }()
	context.AfterFunc(ctx, func() { _, _ = outer.Close(), inner.Close() })
	return p, nil
}

// ServeHTTP opens a tunnel.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil || port != "443" || !strings.HasPrefix(host, "sts.") {
		http.Error(w, "this proxy leads to STS alone", http.StatusForbidden)
		return
	}
	connection, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := io.WriteString(connection, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = connection.Close()
		return
	}
	p.tunnels.add(tls.Server(read{connection, buffered.Reader}, p.tls))
}

// read is a connection of which some was read already.
type read struct {
	net.Conn

	buffered *bufio.Reader
}

// Read implements net.Conn.
func (r read) Read(into []byte) (int, error) { return r.buffered.Read(into) }

// tunnels are a listener whose connections come out of the proxy.
type tunnels struct {
	opened chan net.Conn
	closed chan struct{}
}

func newTunnels() *tunnels {
	return &tunnels{opened: make(chan net.Conn), closed: make(chan struct{})}
}

func (t *tunnels) add(connection net.Conn) {
	select {
	case t.opened <- connection:
	case <-t.closed:
		_ = connection.Close()
	}
}

// Accept implements net.Listener.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case connection := <-t.opened:
		return connection, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; http.Server calls it once.
func (t *tunnels) Close() error {
	close(t.closed)
	return nil
}

// Addr implements net.Listener.
func (*tunnels) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
