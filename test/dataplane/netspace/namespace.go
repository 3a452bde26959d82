package netspace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Namespace is a network namespace that this process holds open.
type Namespace struct {
	Name string
	// Netlink talks to its kernel from any thread.
	Netlink *netlink.Handle

	handle netns.NsHandle
}

// New makes a namespace with its loopback interface up.
func New(name string) (*Namespace, error) {
	ns := &Namespace{Name: name}
	if err := onOwnThread(func() (err error) {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("unshare: %w", err)
		}
		ns.handle, err = netns.Get()
		return err
	}); err != nil {
		return nil, fmt.Errorf("make namespace %s: %w", name, err)
	}
	var err error
	if ns.Netlink, err = netlink.NewHandleAt(ns.handle); err != nil {
		return nil, errors.Join(fmt.Errorf("open namespace %s: %w", name, err), ns.Close())
	}
	loopback, err := ns.Netlink.LinkByName("lo")
	if err == nil {
		err = ns.Netlink.LinkSetUp(loopback)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("loopback of namespace %s: %w", name, err), ns.Close())
	}
	return ns, nil
}

// Close lets go of the namespace; the kernel removes it, and every interface in it, when nobody else is in it.
func (n *Namespace) Close() error {
	if n.Netlink != nil {
		n.Netlink.Close() //nolint:errcheck // of netlink's handle it returns nothing but nil
	}
	return n.handle.Close()
}

// FD is the descriptor that this process holds it by.
func (n *Namespace) FD() int { return int(n.handle) }

// Path names it for other processes, such as a CNI plugin.
func (n *Namespace) Path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), n.FD()) }

// Do runs a function inside. What it opens stays inside; goroutines that it starts do not run inside: net/http's
// Transport dials on one of its own, so dial in here and hand the connection over.
func (n *Namespace) Do(do func() error) error {
	return onOwnThread(func() error {
		if err := netns.Set(n.handle); err != nil {
			return fmt.Errorf("enter namespace %s: %w", n.Name, err)
		}
		return do()
	})
}

// onOwnThread runs a function on a thread that is in the namespaces of the process afterwards, or ends: a goroutine
// that returns while it is locked takes its thread with it.
func onOwnThread(do func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		before, err := netns.Get()
		if err != nil {
			result <- err
			return
		}
		err = do()
		if netns.Set(before) == nil {
			runtime.UnlockOSThread()
		}
		result <- errors.Join(err, before.Close())
	}()
	return <-result
}

// Sysctls sets variables below net.ipv4, such as conf.all.rp_filter. What is not set may be anything: a new namespace
// inherits from the machine's first one.
func (n *Namespace) Sysctls(values map[string]string) error {
	return n.Do(func() error {
		for name, value := range values {
			path := filepath.Join("/proc/sys/net/ipv4", strings.ReplaceAll(name, ".", "/"))
			if err := os.WriteFile(path, []byte(value), 0); err != nil {
				return fmt.Errorf("set %s in %s: %w", name, n.Name, err)
			}
		}
		return nil
	})
}
