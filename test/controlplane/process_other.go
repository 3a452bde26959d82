//go:build !linux

package controlplane

import "syscall"

// dieWithParent has nothing to do where only Linux has the signal; the supervisor does it all.
func dieWithParent(*syscall.SysProcAttr) {}
