package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// exchange speaks HTTP on one connection that was already dialled. The client of
// net/http would dial by itself, and again where a connection is broken off: then
// what failed could not be told any more.
type exchange struct {
	conn    net.Conn
	timeout time.Duration
	run     string
	reader  *bufio.Reader
}

// address asks the peer which address it sees; everything in it is smaller than
// any path's smallest packet.
func (e *exchange) address(ctx context.Context) (string, Outcome, error) {
	answer, err := e.ask(ctx, http.MethodGet, pathAddress, nil)
	if err != nil {
		return "", outcomeOf(err, NoAnswer), err
	}
	seen, err := netip.ParseAddrPort(string(answer))
	if err != nil {
		return "", WrongServer, fmt.Errorf("the peer answers with no address: %w", err)
	}
	return seen.Addr().Unmap().WithZone("").String(), Passed, nil
}

// transfers moves full-size packets, to the peer first.
func (e *exchange) transfers(ctx context.Context, size int) (Outcome, error) {
	answer, err := e.ask(ctx, http.MethodPost, pathUpload, make([]byte, size))
	if err != nil {
		return outcomeOf(err, UploadStalled), err
	}
	if string(answer) != strconv.Itoa(size) {
		return WrongServer, fmt.Errorf("the peer says that it received %q bytes of %d", answer, size)
	}
	answer, err = e.ask(ctx, http.MethodGet, fmt.Sprintf("%s/%d", pathDownload, size), nil)
	if err != nil {
		return outcomeOf(err, DownloadStalled), err
	}
	if len(answer) != size {
		return WrongServer, fmt.Errorf("the peer sent %d bytes of %d", len(answer), size)
	}
	return Passed, nil
}

var errWrongServer = errors.New("what answers is not the probe of this run")

// ask makes one request and reads its whole answer.
func (e *exchange) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	if err := e.conn.SetDeadline(time.Now().Add(e.timeout)); err != nil {
		return nil, fmt.Errorf("setting a deadline: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+e.conn.RemoteAddr().String()+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	if err := request.Write(e.conn); err != nil {
		return nil, fmt.Errorf("sending to the peer: %w", err)
	}
	if e.reader == nil {
		e.reader = bufio.NewReader(e.conn)
	}
	response, err := http.ReadResponse(e.reader, request)
	if err != nil {
		return nil, e.unreadable(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK || response.Header.Get(headerRun) != e.run {
		return nil, fmt.Errorf("%w: status %d, run %q", errWrongServer, response.StatusCode, response.Header.Get(headerRun))
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostBytes))
	if err != nil {
		return nil, fmt.Errorf("receiving from the peer: %w", err)
	}
	return answer, nil
}

// unreadable tells what broke off from what never was HTTP.
func (e *exchange) unreadable(err error) error {
	if strings.HasPrefix(err.Error(), "malformed HTTP") {
		return fmt.Errorf("%w: %w", errWrongServer, err)
	}
	return fmt.Errorf("receiving from the peer: %w", err)
}

// outcomeOf tells a transfer that stalls from one that is broken off.
func outcomeOf(err error, stalled Outcome) Outcome {
	switch {
	case errors.Is(err, errWrongServer):
		return WrongServer
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return stalled
	default:
		return Reset
	}
}
