package controlplane

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// ownerVariable makes the test binary play a program that owns control planes, for the
// tests that kill it.
const ownerVariable = "CROSSVPC_CONTROLPLANE_TEST_OWNER"

func TestMain(m *testing.M) {
	switch os.Getenv(ownerVariable) {
	case "":
		os.Exit(m.Run())
	case "fleet":
		ownFleet()
	case "group":
		ownGroup()
	}
	os.Exit(0)
}

// ownFleet starts a fleet, tells where and what, and ends without stopping it when its input does.
func ownFleet() {
	f, err := Start(context.Background(), Options{Names: []string{"doomed"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c := f.Cluster("doomed")
	fmt.Println(f.Dir(), f.supervisor.shell.Process.Pid, c.processes[etcdName].cmd.Process.Pid, c.processes[apiServerName].cmd.Process.Pid)
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// ownGroup is as ownFleet, with a child that gets no signal of the kernel's when we die, as
// on systems without that signal.
func ownGroup() {
	dir, err := os.MkdirTemp("", "crossvpc-supervised-*")
	if err != nil {
		panic(err)
	}
	s, err := supervise([]string{dir})
	if err != nil {
		panic(err)
	}
	child := exec.Command("sleep", "1000")
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: s.group()}
	if err := child.Start(); err != nil {
		panic(err)
	}
	fmt.Println(dir, s.shell.Process.Pid, child.Process.Pid)
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// owner is a running program that owns processes and a folder.
type owner struct {
	cmd        *exec.Cmd
	dir        string
	supervisor int
	children   []int
}

func startOwner(t *testing.T, kind string) *owner {
	t.Helper()
	o := &owner{cmd: exec.Command(os.Args[0])}
	o.cmd.Env = append(os.Environ(), ownerVariable+"="+kind)
	o.cmd.Stderr = os.Stderr
	stdin, err := o.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := o.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close(); _ = o.cmd.Process.Kill(); _ = o.cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the owner did not start: %v", err)
	}
	fields := strings.Fields(line)
	o.dir = fields[0]
	for _, field := range fields[1:] {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		o.children = append(o.children, pid)
	}
	o.supervisor, o.children = o.children[0], o.children[1:]
	return o
}

func (o *owner) expectNothingLeft(t *testing.T) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		if alive(o.supervisor) || slices.ContainsFunc(o.children, alive) {
			return false, nil
		}
		_, err := os.Stat(o.dir)
		return errors.Is(err, fs.ErrNotExist), nil
	})
	if err != nil {
		_, statErr := os.Stat(o.dir)
		t.Errorf("left behind: supervisor %d alive=%t, children %v, folder %s (%v)", o.supervisor, alive(o.supervisor), o.children, o.dir, statErr)
	}
}

// alive tells whether the process runs; one that nobody has waited for yet does not.
func alive(pid int) bool {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return syscall.Kill(pid, 0) == nil
	}
	_, state, _ := strings.Cut(string(status), ") ")
	return !strings.HasPrefix(state, "Z")
}
