package netspace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// insideVariable marks the process that [Rootless] started.
const insideVariable = "DATAPLANE_USER_NAMESPACE"

// Rootless makes a process that is not root one that is, in a user namespace: it runs the program again and exits with
// its code. For root, and for a program that already runs so, it does nothing. Call it first in main or TestMain. Its
// network namespace is its own too, for a thread has to be able to come back: it reaches nothing of the machine's.
func Rootless() {
	if os.Geteuid() == 0 || os.Getenv(insideVariable) != "" || Probe() != nil {
		return
	}
	runtime.LockOSThread() // the other program ends with the thread that started it
	again := asRoot(os.Args...)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := again.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dataplane:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Probe says why this process can make no namespaces, if it cannot: neither itself nor through a user namespace.
func Probe() error {
	if os.Geteuid() == 0 {
		ns, err := New("probe")
		if err != nil {
			return fmt.Errorf("root may make no network namespaces here: %w", err)
		}
		return ns.Close()
	}
	if out, err := asRoot("/bin/true").CombinedOutput(); err != nil {
		return fmt.Errorf("neither root nor user namespaces: %w: %s", err, out)
	}
	return nil
}

// asRoot is a program run as root of a user namespace, with a network namespace that is its own.
func asRoot(args ...string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // it is this very program: it lives as long as we do
	if args[0] == os.Args[0] {
		cmd.Path = "/proc/self/exe"
	}
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	return cmd
}
