package e2e

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// manager is the binary as it is shipped, built once and before any clock runs: a
// cold build takes minutes.
var manager func() (string, error)

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard()) // the rig speaks through its own
	folder, err := os.MkdirTemp("", "crossvpc-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	manager = sync.OnceValues(func() (string, error) {
		// One that somebody built already, where a build from nothing would take too long.
		if built := os.Getenv("E2E_MANAGER"); built != "" {
			return built, nil
		}
		path := filepath.Join(folder, "manager")
		return path, rig.BuildManager(context.Background(), path, io.Discard)
	})
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func build(t *testing.T) string {
	t.Helper()
	path, err := manager()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
