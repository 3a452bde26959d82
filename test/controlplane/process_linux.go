package controlplane

import "syscall"

// dieWithParent is the second safeguard: it also holds when somebody kills
// the supervisor.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
