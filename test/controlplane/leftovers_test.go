package controlplane

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

func TestNothingIsLeftWhenTheOwnerEndsBySignal(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]os.Signal{
		"kill -9": syscall.SIGKILL,
		"Ctrl-C":  os.Interrupt,
		"SIGTERM": syscall.SIGTERM,
	} {
		t.Run(name, func(t *testing.T) {
			o := startOwner(t, "fleet")
			if err := o.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			o.expectNothingLeft(t)
		})
	}
}

func TestNothingIsLeftWithoutTheKernelsParentDeathSignal(t *testing.T) {
	o := startOwner(t, "group")
	if err := o.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	o.expectNothingLeft(t)
}

func TestNoProcessIsLeftWhenTheSupervisorIsKilledToo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a parent-death signal")
	}
	o := startOwner(t, "fleet")
	if err := syscall.Kill(o.supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := o.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = o.cmd.Wait()
	if err := os.RemoveAll(o.dir); err != nil { // what the next start does with an old folder
		t.Fatal(err)
	}
	o.expectNothingLeft(t)
}

func TestTheNextStartRemovesAnAbandonedFolderAndKeepsOneInUse(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	abandoned, used := filepath.Join(os.TempDir(), "crossvpc-controlplane-1"), filepath.Join(os.TempDir(), "crossvpc-controlplane-2")
	for _, dir := range []string{abandoned, used} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := tryLock(filepath.Join(used, lockName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	for _, dir := range []string{abandoned, used} {
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
	}

	removeAbandonedFolders()

	if _, err := os.Stat(abandoned); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the abandoned folder is still there: %v", err)
	}
	if _, err := os.Stat(used); err != nil {
		t.Errorf("the folder in use is gone: %v", err)
	}
}

func TestStopLeavesTheLogsOfAFolderOfTheCallersAndNoKeys(t *testing.T) {
	dir := t.TempDir()
	f, err := Start(t.Context(), Options{Names: []string{"kept"}, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kube-apiserver.log", "etcd.log", "audit.log"} {
		if _, err := os.Stat(filepath.Join(dir, "kept", name)); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
	for _, name := range []string{"pki", "etcd"} {
		if _, err := os.Stat(filepath.Join(dir, "kept", name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", name, err)
		}
	}
}
