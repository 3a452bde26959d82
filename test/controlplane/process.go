package controlplane

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
)

// process is one running program of a cluster. Its output goes to a file, so that
// nobody has to read it for it to run on.
type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how; valid once done is closed
}

// startProcess runs a program in the given process group, its log in dir.
func startProcess(group int, dir, name, path string, args ...string) (*process, error) {
	p := &process{name: name, log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer func() { _ = log.Close() }()
	p.cmd = exec.Command(path, args...) //nolint:noctx // it lives as long as the fleet, not as the start
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Dir = dir
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: group}
	dieWithParent(p.cmd.SysProcAttr)
	if err := onLauncherThread(p.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// launches are handed to one goroutine that never leaves its thread: Linux sends
// the parent-death signal when the thread that started the child ends, not the
// process (golang/go#27505).
var launches = sync.OnceValue(func() chan<- func() {
	queue := make(chan func())
	go func() {
		runtime.LockOSThread()
		for launch := range queue {
			launch()
		}
	}()
	return queue
})

func onLauncherThread(start func() error) error {
	result := make(chan error)
	launches() <- func() { result <- start() }
	return <-result
}

// kill ends the process at once and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// exited returns an error with the end of the log if the process has ended.
func (p *process) exited() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s ended (%v); the end of its log:\n%s", p.name, p.cmd.ProcessState, p.tail())
	default:
		return nil
	}
}

// tail returns the last lines of the log.
func (p *process) tail() string {
	const lines = 20
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	end := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return string(bytes.Join(end[max(0, len(end)-lines):], []byte("\n")))
}
