package moto

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// counter is a proxy that counts the calls of the manager.
type counter struct {
	*httptest.Server
	calls atomic.Int64
}

// startMoto starts moto and returns its URL; it ends with the test.
func startMoto(t *testing.T) string {
	t.Helper()
	if os.Getenv("E2E_AWS") != "moto" {
		t.Skip("runs against moto only: make e2e-moto")
	}
	const address = "http://127.0.0.1:5078"
	server := exec.CommandContext(t.Context(), "moto_server", "-H", "127.0.0.1", "-p", "5078")
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := rig.Until(ctx, "moto", func() (bool, error) {
		answer, err := http.Get(address + "/moto-api/data.json")
		if err != nil {
			return false, nil //nolint:nilerr // not up yet
		}
		return answer.StatusCode == http.StatusOK, answer.Body.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func countCalls(t *testing.T, moto string) *counter {
	t.Helper()
	target, err := url.Parse(moto)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	counting := &counter{}
	counting.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counting.calls.Add(1)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(counting.Close)
	return counting
}
