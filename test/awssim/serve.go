package awssim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// ServeHTTP answers API calls, and the control interface under /_awssim/.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		c.control().ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maximumBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	out := c.handle(r.Context(), r, body)
	switch out.lost {
	case sim.TimeoutBefore, sim.TimeoutAfter:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case sim.ResetBefore, sim.ResetAfter:
		reset(w)
	default:
		write(w, out)
	}
}

func write(w http.ResponseWriter, out outcome) {
	maps.Copy(w.Header(), headers(out))
	w.WriteHeader(out.answer.Status)
	// A client that has gone away is no concern of the server's.
	_, _ = w.Write(out.answer.Body)
}

func headers(out outcome) http.Header {
	header := out.answer.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", out.answer.ContentType)
	header.Set("Content-Length", strconv.Itoa(len(out.answer.Body)))
	header.Set("X-Amzn-Requestid", out.requestID)
	return header
}

// reset closes the connection so that the client sees "connection reset by peer".
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		// Without linger the kernel sends RST instead of FIN; if it can't, a plain close must do.
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

// RoundTripper answers API calls in process, without a socket.
func (c *Cloud) RoundTripper() http.RoundTripper { return roundTripper{cloud: c} }

type roundTripper struct{ cloud *Cloud }

// RoundTrip implements http.RoundTripper.
func (t roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		read, err := io.ReadAll(r.Body)
		if err := errors.Join(err, r.Body.Close()); err != nil {
			return nil, fmt.Errorf("reading the request: %w", err)
		}
		body = read
	}
	out := t.cloud.handle(r.Context(), r, body)
	switch out.lost {
	case sim.TimeoutBefore, sim.TimeoutAfter:
		<-r.Context().Done()
	case sim.ResetBefore, sim.ResetAfter:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	if err := context.Cause(r.Context()); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(out.answer.Status), StatusCode: out.answer.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: headers(out),
		Body: io.NopCloser(bytes.NewReader(out.answer.Body)), ContentLength: int64(len(out.answer.Body)), Request: r,
	}, nil
}

// Listen serves on the address ("127.0.0.1:0" takes any free port) until the context is done, and
// returns the URL to point clients at.
func (c *Cloud) Listen(ctx context.Context, address string) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listening on %s: %w", address, err)
	}
	server := &http.Server{
		Handler:           c,
		ReadHeaderTimeout: readHeaderTimeout,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	// Close and Serve end together when the context does; their errors then say only that.
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}
