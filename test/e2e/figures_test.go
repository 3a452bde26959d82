package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// Bounds of a small installation: a manager that grows past them is noticed here, not by its users.
const (
	mostBinary = 60_000_000 // bytes
	mostRest   = 64 << 10   // KiB resident
)

// figures are what a story costs.
type figures struct {
	rig      *rig.Rig
	serving  time.Duration
	aws      time.Duration
	awsCalls int
	ready    time.Duration
	resident int
	binary   int64
	nodes    float64
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// measureStart starts the manager and waits until it says that it is ready.
func (f *figures) measureStart(t *testing.T, probe string) {
	t.Helper()
	began := time.Now()
	startManager(t, f.rig)
	until(t, "the manager to be ready", func() (bool, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+probe+"/readyz", http.NoBody)
		if err != nil {
			return false, err.Error()
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, err.Error()
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK, response.Status
	})
	f.serving = time.Since(began)
	info, err := os.Stat(build(t))
	if err != nil {
		t.Fatal(err)
	}
	if f.binary = info.Size(); f.binary > mostBinary {
		t.Errorf("the binary has %d bytes, more than %d", f.binary, mostBinary)
	}
}

func (f *figures) awsHalf(took time.Duration) {
	f.aws, f.awsCalls = took, len(ownCalls(f.rig))
}

// rest measures the manager when nothing is to be done.
func (f *figures) rest(t *testing.T) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.rig.Manager.PID()))
	if err != nil {
		t.Log("no figure of memory:", err)
		return
	}
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &f.resident); err == nil {
			break
		}
	}
	if f.resident == 0 || f.resident > mostRest {
		t.Errorf("the manager takes %d KiB at rest, more than %d", f.resident, mostRest)
	}
	writes := 0
	for _, event := range ownEvents(t, f.rig.US) {
		if !isRead(event.Verb) {
			writes++
		}
	}
	f.nodes = float64(writes) / float64(f.rig.Options.Nodes)
}

func (f *figures) print(t *testing.T) {
	t.Helper()
	t.Logf("figures: serving after %.1f s; AWS half after %.1f s and %d calls; Ready after %.1f s; %.1f writes to the cluster for each node replaced; %.1f MiB resident at rest; binary of %.1f MB",
		f.serving.Seconds(), f.aws.Seconds(), f.awsCalls, f.ready.Seconds(), f.nodes, float64(f.resident)/1024, float64(f.binary)/1e6)
}

// ownCalls are the AWS calls of the manager, in either account.
func ownCalls(r *rig.Rig) []awssim.Entry {
	var own []awssim.Entry
	for _, entry := range r.Cloud.Journal(awssim.Query{}) {
		if entry.Principal == rig.ManagerSession || strings.Contains(entry.Principal, ":assumed-role/crossvpc/") {
			own = append(own, entry)
		}
	}
	return own
}
