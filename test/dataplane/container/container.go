// Package container runs a program as a container runtime would run it in a pod with PodSecurity "restricted": in the
// pod's network namespace, not as root, without any capability and without a way to get one, and with a file of its own
// at /dev/termination-log.
package container

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// folderVariable tells the process that becomes the container which folder is its /dev.
const folderVariable = "DATAPLANE_CONTAINER"

// user that the program runs as, where there are users to choose from.
const user = 65532

// longestMessage is what a kubelet keeps of a termination message.
const longestMessage = 4096

// Container is a program that runs.
type Container struct {
	cmd    *exec.Cmd
	folder string
}

// Start runs a program in a namespace.
func Start(ns *netspace.Namespace, path string, args ...string) (*Container, error) {
	folder, err := os.MkdirTemp("", "dataplane-container-")
	if err != nil {
		return nil, err
	}
	c := &Container{folder: folder}
	message := filepath.Join(folder, "termination-log")
	err = os.WriteFile(message, nil, 0o600)
	err = errors.Join(err, os.Chmod(message, 0o666), os.Chmod(folder, 0o755)) //nolint:gosec // another user writes it
	if err == nil {
		c.cmd = exec.Command("/proc/self/exe", append([]string{path}, args...)...) //nolint:noctx // Stop ends it
		c.cmd.Env = []string{folderVariable + "=" + folder}
		c.cmd.Stderr = os.Stderr
		err = ns.Do(c.cmd.Start)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s in %s: %w", path, ns.Name, err), os.RemoveAll(folder))
	}
	return c, nil
}

// Wait gives the exit code and the termination message when the program has ended.
func (c *Container) Wait() (code int, message string, err error) {
	err = c.cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code, err = exit.ExitCode(), nil
	}
	content, readErr := os.ReadFile(filepath.Join(c.folder, "termination-log"))
	return code, string(content[:min(len(content), longestMessage)]), errors.Join(err, readErr, os.RemoveAll(c.folder))
}

// Signal sends the program a signal; one that has ended takes none.
func (c *Container) Signal(signal syscall.Signal) { _ = c.cmd.Process.Signal(signal) }

// Run makes this process a container, if it was started as one, and never returns then. Call it first in main or
// TestMain.
func Run() {
	folder := os.Getenv(folderVariable)
	if folder == "" {
		return
	}
	runtime.LockOSThread() // what is unshared and dropped is this thread's, and it is the one that goes on
	// Opened before it is another user's turn: the folder need not be open to all.
	program, err := unix.Open(os.Args[1], unix.O_PATH|unix.O_CLOEXEC, 0)
	if err == nil {
		err = enclose(folder)
	}
	if err == nil {
		err = execute(program, os.Args[1:])
	}
	fmt.Fprintln(os.Stderr, "container:", err)
	os.Exit(128)
}

// execute becomes an open program, without an environment.
func execute(program int, args []string) error {
	argv, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		return err
	}
	var empty [1]byte
	none := [1]*byte{}
	_, _, errno := unix.RawSyscall6(unix.SYS_EXECVEAT, uintptr(program), uintptr(unsafe.Pointer(&empty[0])),
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&none[0])), unix.AT_EMPTY_PATH, 0)
	return fmt.Errorf("execute %s: %w", args[0], errno)
}

func enclose(folder string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := unix.Mount(folder, "/dev", "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount /dev: %w", err)
	}
	return drop()
}

// drop gives up everything, for good: also a program of root's gets no capability then.
func drop() error {
	const noRoot = 1<<0 | 1<<1 // SECBIT_NOROOT, and locked (linux/securebits.h)
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noRoot, 0, 0, 0); err != nil {
		return fmt.Errorf("securebits: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	// In a user namespace that has one user only this fails, and root is nobody else there.
	_, _, _ = unix.RawSyscall(unix.SYS_SETRESGID, user, user, user)
	_, _, _ = unix.RawSyscall(unix.SYS_SETRESUID, user, user, user)
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	return nil
}
