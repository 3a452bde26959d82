package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const run = "run-1"

// A dialer for what passes, however busy the machine is.
func patient() Dialer {
	return Dialer{Run: run, Bytes: 1 << 16, Patience: 20 * time.Second, Timeout: time.Minute}
}

// A dialer that gives up where a test waits for that. Whatever comes before has to be done by then.
func impatient() Dialer {
	dialer := patient()
	dialer.Patience, dialer.Timeout = 50*time.Millisecond, 10*time.Second
	return dialer
}

func listen(t *testing.T) (net.Listener, netip.AddrPort) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener, netip.MustParseAddrPort(listener.Addr().String())
}

// serveReal runs the server of this package, of some run.
func serveReal(t *testing.T, run string) netip.AddrPort {
	t.Helper()
	listener, address := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, run) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return address
}

// serveOther runs a handler before which the real one answers, unless it says that it did.
func serveOther(t *testing.T, instead func(http.ResponseWriter, *http.Request) bool) netip.AddrPort {
	t.Helper()
	listener, address := listen(t)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(headerRun, run)
		if !instead(w, r) {
			handler(run).ServeHTTP(w, r)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return address
}

// serveBare hands each connection to a function that speaks as it likes.
func serveBare(t *testing.T, speak func(net.Conn)) netip.AddrPort {
	t.Helper()
	listener, address := listen(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go speak(conn)
		}
	}()
	return address
}

// dropping is an address whose kernel drops every further SYN: its backlog is full.
func dropping(t *testing.T) netip.AddrPort {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(socket) })
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(socket, 0); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // as many as the backlog takes, and more
		occupy(t, bound)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(bound.(*syscall.SockaddrInet4).Port))
}

// occupy begins a connection, and waits for nothing.
func occupy(t *testing.T, address syscall.Sockaddr) {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(socket) })
	if err := syscall.Connect(socket, address); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		t.Fatal(err)
	}
}

// masquerading is a proxy that reaches the server from another address, as SNAT does.
func masquerading(t *testing.T, to netip.AddrPort) netip.AddrPort {
	t.Helper()
	return serveBare(t, func(conn net.Conn) {
		from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}
		onward, err := (&net.Dialer{LocalAddr: from}).DialContext(t.Context(), "tcp", to.String())
		if err != nil {
			_ = conn.Close()
			return
		}
		go func() { _, _ = io.Copy(onward, conn) }()
		_, _ = io.Copy(conn, onward)
		_ = onward.Close()
	})
}

func TestADialProvesAddressAndBigTransfers(t *testing.T) {
	peer := serveReal(t, run)
	want := Dial{Peer: peer.String(), Outcome: Passed, Own: "127.0.0.1", Seen: "127.0.0.1", Bytes: 1 << 16}
	if diff := cmp.Diff(want, patient().One(t.Context(), peer)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatFailsFirstNamesTheOutcome(t *testing.T) {
	closed := func(t *testing.T) netip.AddrPort {
		listener, address := listen(t)
		_ = listener.Close()
		return address
	}
	on := func(path string, do func(http.ResponseWriter, *http.Request)) func(*testing.T) netip.AddrPort {
		return func(t *testing.T) netip.AddrPort {
			return serveOther(t, func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasPrefix(r.URL.Path, path) {
					return false
				}
				do(w, r)
				return true
			})
		}
	}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	hangHalfway := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "65536")
		_, _ = w.Write(make([]byte, 4000))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for _, test := range []struct {
		name string
		peer func(*testing.T) netip.AddrPort
		want Outcome
	}{
		{"nothing listens", closed, Refused},
		{"packets are dropped", dropping, ConnectTimeout},
		{"it connects and then nothing comes", func(t *testing.T) netip.AddrPort { return serveBare(t, func(net.Conn) {}) }, NoAnswer},
		{"full-size packets to the peer are lost", on(pathUpload, hang), UploadStalled},
		{"full-size packets from the peer are lost", on(pathDownload, hangHalfway), DownloadStalled},
		{"the peer sees another address", func(t *testing.T) netip.AddrPort { return masquerading(t, serveReal(t, run)) }, Masqueraded},
		{"a probe of another run has the address", func(t *testing.T) netip.AddrPort { return serveReal(t, "run-2") }, WrongServer},
		{"something else has the address", func(t *testing.T) netip.AddrPort {
			return serveBare(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.2\r\n") })
		}, WrongServer},
		{"the connection is broken off", func(t *testing.T) netip.AddrPort { return serveBare(t, func(conn net.Conn) { _ = conn.Close() }) }, Reset},
		{"it is broken off in the middle of a transfer", on(pathUpload, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), Reset},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dialer := patient()
			if slices.Contains([]Outcome{ConnectTimeout, NoAnswer, UploadStalled, DownloadStalled, Refused}, test.want) {
				dialer = impatient()
			}
			result := dialer.One(t.Context(), test.peer(t))
			if result.Outcome != test.want {
				t.Errorf("the outcome is %s, want %s: %+v", result.Outcome, test.want, result)
			}
			if passed := result.Outcome == Masqueraded; passed == (result.Bytes == 0) {
				t.Errorf("the bytes that passed are %d with outcome %s", result.Bytes, result.Outcome)
			}
		})
	}
}

func TestAServerThatComesLaterIsWaitedFor(t *testing.T) {
	listener, peer := listen(t)
	_ = listener.Close()
	come := make(chan error, 1)
	go func() {
		<-time.After(300 * time.Millisecond)
		late, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", peer.String())
		if err == nil {
			err = Serve(t.Context(), late, run)
		}
		come <- err
	}()
	if result := patient().One(t.Context(), peer); result.Outcome != Passed {
		t.Errorf("the outcome is %s: %+v", result.Outcome, result)
	}
	select {
	case err := <-come:
		t.Errorf("the late server ended with %v", err)
	default:
	}
}

func TestAllPeersAreReportedInTheirOrder(t *testing.T) {
	one, two := serveReal(t, run), serveReal(t, run)
	results := patient().All(t.Context(), []netip.AddrPort{two, one})
	if len(results) != 2 || results[0].Peer != two.String() || results[1].Peer != one.String() {
		t.Errorf("the results are %+v", results)
	}
}

func TestAServerTakesAndSendsNoMoreThanItSays(t *testing.T) {
	peer := serveReal(t, run)
	for _, path := range []string{"/download/1048577", "/download/-1", "/download/all", "/nowhere"} {
		response, err := http.Get("http://" + peer.String() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			t.Errorf("%s answers %s", path, response.Status)
		}
	}
	response, err := http.Post("http://"+peer.String()+"/upload", "application/octet-stream", strings.NewReader(strings.Repeat("x", mostBytes+1)))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("too big an upload answers %s", response.Status)
	}
}
