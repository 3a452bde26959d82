package rig

import "syscall"

// dieWithParent has the kernel end the manager when the rig is killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
