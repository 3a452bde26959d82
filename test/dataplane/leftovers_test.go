package dataplane

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/lab"
)

// namespaces are the network namespaces that a thread of this process is in, or that it holds open.
func namespaces(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, pattern := range []string{"/proc/self/task/*/ns/net", "/proc/self/fd/*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if to, err := os.Readlink(path); err == nil && strings.HasPrefix(to, "net:") { // else it is closed by now
				found[to] = true
			}
		}
	}
	return found
}

func TestALabLeavesNothingBehind(t *testing.T) {
	before := namespaces(t)
	t.Setenv("TMPDIR", t.TempDir())
	t.Run("while it is there", func(t *testing.T) {
		l := start(t, lab.Options{})
		made := pod(t, l, lab.A, "91")
		if err := l.Nodes[lab.A].DeletePod(made); err != nil {
			t.Error(err)
		}
		pod(t, l, lab.B, "77")
		if got := namespaces(t); len(got) < len(before)+7 {
			t.Errorf("%d namespaces: two routers, nodes, machines and a pod are looked for", len(got))
		}
	})
	if got := namespaces(t); len(got) != len(before) {
		t.Errorf("namespaces %v are left, before there were %v", got, before)
	}
	if entries, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(entries) > 0 {
		t.Errorf("%v is left, %v", entries, err)
	}
}
