package dataplane

import (
	"fmt"
	"os"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/lab"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// unavailable says why there are no namespaces here.
var unavailable error

func TestMain(m *testing.M) {
	node.RunPlugin()
	netspace.Rootless()
	if unavailable = netspace.Probe(); unavailable != nil && os.Getenv("DATAPLANE_REQUIRED") != "" {
		fmt.Fprintln(os.Stderr, "DATAPLANE_REQUIRED is set:", unavailable)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// start builds a lab for a test that runs beside others.
func start(t *testing.T, options lab.Options) *lab.Lab {
	t.Helper()
	if unavailable != nil {
		t.Skip("no data plane here:", unavailable)
	}
	l, err := lab.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// pod makes a pod that answers, on a side's second interface.
func pod(t *testing.T, l *lab.Lab, side lab.Side, host string) *node.Pod {
	t.Helper()
	made, err := l.Nodes[side].AddPod("pod-"+string(side)+"-"+host, side.Addr("4."+host))
	if err != nil {
		t.Fatal(err)
	}
	stop, err := lab.Serve(made.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return made
}
