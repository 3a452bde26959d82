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
// cold build takes minutes. racing is the one with the race detector, for stories in which much happens at a time; those
// that measure pace or memory have the other.
var manager, racing func() (string, error)

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard()) // the rig speaks through its own
	if kubeconfigs := os.Getenv(playsAWS); kubeconfigs != "" {
		if err := playAWS(context.Background(), kubeconfigs, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "aws:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	folder, err := os.MkdirTemp("", "crossvpc-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	manager = builtOnce(filepath.Join(folder, "manager"), rig.BuildManager)
	racing = builtOnce(filepath.Join(folder, "manager-race"), rig.BuildRacingManager)
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func builtOnce(path string, build func(context.Context, string, io.Writer) error) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		// One that somebody built already, where a build from nothing would take too long.
		if built := os.Getenv("E2E_MANAGER"); built != "" {
			return built, nil
		}
		return path, build(context.Background(), path, io.Discard)
	})
}

func build(t *testing.T) string {
	t.Helper()
	return builtBy(t, manager)
}

func builtBy(t *testing.T, build func() (string, error)) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
