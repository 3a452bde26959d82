package container

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// program tells TestMain what it is: a container has no environment.
const program = "-as-program"

func TestMain(m *testing.M) {
	Run()
	if len(os.Args) > 1 && os.Args[1] == program {
		beProgram()
	}
	netspace.Rootless()
	if err := netspace.Probe(); err != nil {
		fmt.Fprintln(os.Stderr, "no containers here:", err)
		if os.Getenv("DATAPLANE_REQUIRED") != "" {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beProgram leaves what it may, as termination message.
func beProgram() {
	status, err := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "CapEff") || strings.HasPrefix(line, "CapPrm") || strings.HasPrefix(line, "NoNewPrivs") {
			status = append([]byte(line), status...)
		}
	}
	if err == nil {
		err = os.WriteFile("/dev/termination-log", status[:200], 0)
	}
	if err == nil && os.Args[2] == "wait" {
		select {}
	}
	if err != nil {
		os.Exit(9)
	}
	os.Exit(7)
}

func run(t *testing.T, args ...string) *Container {
	t.Helper()
	ns, err := netspace.New("pod")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(ns, self, append([]string{program}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAProgramHasNoCapabilityAndLeavesItsTerminationMessage(t *testing.T) {
	code, message, err := run(t, "end").Wait()
	if err != nil || code != 7 {
		t.Errorf("exit %d, %v", code, err)
	}
	for _, line := range []string{"CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1"} {
		if !strings.Contains(message, line) {
			t.Errorf("message %q, want %q in it", message, line)
		}
	}
	if _, err := os.Stat("/dev/null"); err != nil {
		t.Error("the machine's own /dev is changed")
	}
}

func TestAProgramIsEndedBySignal(t *testing.T) {
	c := run(t, "wait")
	c.Signal(syscall.SIGKILL)
	if code, _, err := c.Wait(); err != nil || code != -1 {
		t.Errorf("exit %d, %v", code, err)
	}
}
