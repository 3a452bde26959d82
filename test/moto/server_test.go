package moto

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/freeport"
)

// counter is a proxy that counts the manager's calls to EC2, which is what rivals'
// figures are about.
type counter struct {
	*httptest.Server

	mutex sync.Mutex
	calls map[string]int
}

func (c *counter) count(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil || !strings.Contains(r.Header.Get("Authorization"), "/ec2/") {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls[form.Get("Action")]++
	return nil
}

// take gives the calls since the last time.
func (c *counter) take() (total int, each map[string]int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	each, c.calls = c.calls, map[string]int{}
	for _, calls := range each {
		total += calls
	}
	return total, each
}

func inWords(calls map[string]int) string {
	lines := make([]string, 0, len(calls))
	for _, action := range slices.Sorted(maps.Keys(calls)) {
		lines = append(lines, fmt.Sprintf("%d %s", calls[action], action))
	}
	return strings.Join(lines, ", ")
}

// startMoto starts moto and returns its URL; it ends with the test.
func startMoto(t *testing.T) string {
	t.Helper()
	if os.Getenv("E2E_AWS") != "moto" {
		t.Skip("runs against moto only: make e2e-moto")
	}
	free, err := freeport.Loopback(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(free)
	address := "http://127.0.0.1:" + port
	server := exec.CommandContext(t.Context(), "moto_server", "-H", "127.0.0.1", "-p", port)
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	err = rig.Until(ctx, "moto", func() (bool, error) {
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
	counting := &counter{calls: map[string]int{}}
	counting.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := counting.count(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(counting.Close)
	return counting
}
