package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
	"github.com/crossvpc/crossvpc/test/freeport"
)

// Bounds of a small installation: a manager that grows past them is noticed here, not by its users.
const (
	mostBinary        = 60 // MB
	mostRest          = 64 // MiB resident
	mostServing       = 2  // s
	mostAWSHalf       = 2  // s
	mostReady         = 20 // s, of which most is what machines and agents take to boot
	mostWritesForNode = 16
	// roomForWrites: a write that meets a conflict is repeated, and a pod that is not gone yet is asked again: 14.75 beside the rest of
	// the gate.
	roomForWrites = 1.2
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
	port, err := freeport.Loopback(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
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
	f.binary = info.Size()
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
	if f.resident == 0 {
		t.Error("there is no figure of memory at rest")
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
	t.Logf("%d calls of AWS until the AWS half was ready", f.awsCalls)
	for _, each := range []figure.Figure{
		{Name: "story: serving", Unit: "s", Value: f.serving.Seconds(), Target: mostServing, Room: roomForTime},
		{Name: "story: AWS half ready", Unit: "s", Value: f.aws.Seconds(), Target: mostAWSHalf, Room: roomForTime},
		{Name: "story: Ready", Unit: "s", Value: f.ready.Seconds(), Target: mostReady, Room: roomForTime},
		{Name: "story: writes for each node replaced", Value: f.nodes, Target: mostWritesForNode, Room: roomForWrites},
		{Name: "story: memory at rest", Unit: "MiB", Value: float64(f.resident) / 1024, Target: mostRest},
		{Name: "story: size of the binary", Unit: "MB", Value: float64(f.binary) / 1e6, Target: mostBinary},
	} {
		each.Assert(t)
	}
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
