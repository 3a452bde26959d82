package gobuild

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheBuildMeterTellsPackagesFromMessages(t *testing.T) {
	m := &meter{total: 9}
	for _, chunk := range []string{"go: downloading k8s.io/api v0.37.2\nruntime\nk8s.io/a", "pi/core/v1\n", "x.go:3:1: undefined: y\n"} {
		_, _ = io.WriteString(m, chunk)
	}
	if diff := cmp.Diff("compiled 2 of at most 9 packages, now k8s.io/api/core/v1", m.String()); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if got := m.messages(); !strings.Contains(got, "undefined: y") {
		t.Errorf("messages: %q", got)
	}
}
