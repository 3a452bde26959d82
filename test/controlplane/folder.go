package controlplane

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	folderPattern = "crossvpc-controlplane-*"
	lockName      = ".lock"
)

// makeDir makes the fleet's folder and takes its lock, which tells the living from the dead.
func (f *Fleet) makeDir(options Options) error {
	var err error
	if options.Dir == "" {
		f.ownsDir = true
		f.dir, err = os.MkdirTemp("", folderPattern)
	} else {
		f.dir, err = filepath.Abs(options.Dir)
	}
	if err == nil {
		err = os.MkdirAll(f.dir, 0o755)
	}
	if err != nil {
		return fmt.Errorf("make the control planes' folder: %w", err)
	}
	if f.lock, err = tryLock(filepath.Join(f.dir, lockName)); err != nil {
		return fmt.Errorf("folder %s is in use by other control planes: %w", f.dir, err)
	}
	return nil
}

func tryLock(path string) (*os.File, error) {
	lock, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return lock, nil
}

// removeAbandonedFolders removes temporary folders whose process and supervisor were
// both killed, by a machine that lost power, say. A young one may not have its lock yet.
func removeAbandonedFolders() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPattern))
	for _, folder := range folders {
		info, err := os.Stat(folder)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		if lock, err := tryLock(filepath.Join(folder, lockName)); err == nil {
			_ = os.RemoveAll(folder)
			_ = lock.Close()
		}
	}
}
