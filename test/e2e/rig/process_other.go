//go:build !linux

package rig

import "syscall"

// dieWithParent: only Linux can; elsewhere Stop has to be called.
func dieWithParent() *syscall.SysProcAttr { return nil }
