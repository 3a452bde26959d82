package controlplane

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// ForTest starts control planes that end with the test. Their programs should have been
// built before (`make test` does): a cold build outlasts a test's patience.
func ForTest(t testing.TB, options Options) *Fleet {
	t.Helper()
	f, err := Start(t.Context(), options)
	if err != nil {
		t.Fatalf("start control planes: %v", err)
	}
	t.Cleanup(func() {
		if err := f.Check(); err != nil {
			t.Errorf("a control plane's process ended during the test: %v", err)
		}
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
	})
	return f
}

var shared struct {
	mu     sync.Mutex
	fleets map[string]*Fleet
}

// Shared returns control planes that all tests of a package use: the first call with these
// options starts them, and they end with the process. Tests keep apart by namespaces.
func Shared(t testing.TB, options Options) *Fleet {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	key := fmt.Sprintf("%+v", options)
	if f := shared.fleets[key]; f != nil {
		return f
	}
	// Not the test's context: that one ends with it.
	f, err := Start(context.WithoutCancel(t.Context()), options)
	if err != nil {
		t.Fatalf("start control planes: %v", err)
	}
	if shared.fleets == nil {
		shared.fleets = map[string]*Fleet{}
	}
	shared.fleets[key] = f
	return f
}
