package cluster

import (
	"context"
	"runtime"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/crossvpc/crossvpc/internal/cluster/guard"
)

const (
	// manyClusters of twenty nodes and a hundred pods.
	manyClusters = 40
	// mostLive is what each of them may take of live memory (0.8 MiB was measured), the server's side of its connections included, which is in
	// the same process. TestScaleAHundredClustersOfTwentyNodes holds the manager's resident memory to its target.
	mostLive = guard.MiB
	// mostRoutines are the goroutines of each (26 were measured), the server's included: each has a stack of at least 2 KiB.
	mostRoutines = 35
)

func TestAClusterOfTwentyNodesTakesLittleMemory(t *testing.T) {
	if raced {
		t.Skip("the race detector's own memory would be measured: make bench runs it without")
	}
	server := largeCluster(t, 20, 100, true)
	live := func() (bytes int64, routines int) {
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return int64(memory.HeapAlloc + memory.StackInuse), runtime.NumGoroutine() //nolint:gosec // no exabytes
	}
	before, routines := live()
	for range manyClusters {
		connection := connectTo(t, server)
		t.Cleanup(connection.close)
		err := wait.PollUntilContextTimeout(t.Context(), 5*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
			return connection.Current(ctx) == nil, nil
		})
		if err != nil {
			t.Fatal(connection.Current(t.Context()))
		}
	}
	bytes, now := live()
	each, of := (bytes-before)/manyClusters, (now-routines)/manyClusters
	t.Logf("figures: %d clusters: %.2f MiB live and %d goroutines each, the server's included", manyClusters, float64(each)/guard.MiB, of)
	if each > mostLive || of > mostRoutines {
		t.Errorf("%d KiB and %d goroutines for each cluster, more than %d and %d", each>>10, of, mostLive>>10, mostRoutines)
	}
}
