package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/internal/probe"
	"github.com/crossvpc/crossvpc/test/freeport"
)

// execute runs the program and reads what it would leave as termination message.
func execute(t *testing.T, ctx context.Context, args ...string) (int, probe.Report) { //nolint:revive // t comes first in tests
	t.Helper()
	path := filepath.Join(t.TempDir(), "termination-log")
	var stdout, stderr bytes.Buffer
	code := run(ctx, append(args, "--termination-log="+path), &stdout, &stderr)
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, &stderr)
	}
	if strings.TrimSpace(stdout.String()) != string(written) {
		t.Errorf("it prints %q and leaves %q", &stdout, written)
	}
	report, err := probe.Read(string(written))
	if err != nil {
		t.Fatal(err)
	}
	return code, report
}

func freeAddress(t *testing.T) string {
	t.Helper()
	port, err := freeport.Loopback(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

func TestServeAndDialTogetherProveAPath(t *testing.T) {
	address := freeAddress(t)
	serving, stop := context.WithCancel(t.Context())
	served := make(chan int, 1)
	go func() {
		code, _ := execute(t, serving, "serve", "--listen="+address, "--run=a")
		served <- code
	}()
	if code, report := execute(t, t.Context(), "dial", "--peer="+address, "--run=a"); code != exitPassed || report.Dials[0].Outcome != probe.Passed {
		t.Errorf("dialling ends with %d: %+v", code, report)
	}
	if code, report := execute(t, t.Context(), "dial", "--peer="+address, "--run=b", "--timeout=1m"); code != exitFinding || report.Dials[0].Outcome != probe.WrongServer {
		t.Errorf("dialling with another run ends with %d: %+v", code, report)
	}
	stop()
	if code := <-served; code != exitPassed {
		t.Errorf("serving ends with %d", code)
	}
}

func TestServingEndsByItselfAtItsDeadline(t *testing.T) {
	if code, report := execute(t, t.Context(), "serve", "--listen="+freeAddress(t), "--deadline=100ms"); code != exitPassed || report.Error != "" {
		t.Errorf("it ends with %d: %+v", code, report)
	}
}

func TestWhatCannotBeDoneIsInTheReport(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, test := range []struct {
		args []string
		part string
	}{
		{[]string{"serve", "--listen=" + taken.Addr().String()}, "address already in use"},
		{[]string{"dial"}, "--peer must be given"},
		{[]string{"dial", "--peer=127.0.0.1:1", "--bytes=8500"}, "--bytes must be from 8501 to 1048576, and is 8500"},
		{[]string{"dial", "--peer=127.0.0.1:1", "--attempts=-1"}, "--attempts must be from 0 to 100, and is -1"},
		{[]string{"dial", "--peer=127.0.0.1:1", "--attempts=101"}, "--attempts must be from 0 to 100, and is 101"},
		{[]string{"dial", "--peer=127.0.0.1:1", "--timeout=0s"}, "--timeout must be more than 0, and is 0s"},
		{[]string{"dial", "--peer=127.0.0.1:1", "--patience=-1s"}, "--patience must be more than 0, and is -1s"},
		{[]string{"rules", "--pod=10.11.4.91=1"}, "--peer-block must be given"},
	} {
		if code, report := execute(t, t.Context(), test.args...); code != exitError || !strings.Contains(report.Error, test.part) {
			t.Errorf("%v ends with %d: %q, want %q", test.args, code, report.Error, test.part)
		}
	}
}

func TestUsageErrorsShowUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"ping"}, {"dial", "--peer=somewhere"}, {"dial", "--attempts=many"}, {"serve", "--privileged"}, {"rules", "--pod=10.11.4.91"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != exitError || stderr.Len() == 0 {
			t.Errorf("%v ends with %d: %s", args, code, &stderr)
		}
	}
}
