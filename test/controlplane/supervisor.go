package controlplane

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
)

// supervisor ends a fleet's processes and removes its files when the process that
// started them ends, in whichever way: return, panic, os.Exit, a signal, kill -9.
//
// All processes of a fleet are one process group, whose leader does nothing but
// exist. The supervisor, a shell in a group of its own, reads from a pipe whose
// other end only the starting process has. The kernel closes it with that process;
// the shell then kills the group and removes the files. [Fleet.Stop] closes it too,
// so a crash takes the very path that each test takes.
//
// Killing at once is right here: data is thrown away, and an API server asked to
// stop politely waits a minute for an etcd that went first.
type supervisor struct {
	lifeline *os.File
	leader   *exec.Cmd
	shell    *exec.Cmd
}

// The shells ignore the signals of a terminal: their pipe tells them all. The leader
// outlives the pipe for a while, so that its group is there to be killed.
// `kill -s KILL --` is the form that every shell takes.
const (
	leaderScript     = `trap "" INT TERM HUP; read -r line; sleep 10`
	supervisorScript = `
trap "" INT TERM HUP
group=$1; shift
read -r line
kill -s KILL -- "-$group" || exit
for attempt in 1 2 3 4 5 6 7 8 9 10; do # until the killed have stopped writing
	rm -rf -- "$@" && exit
	sleep 0.1
done 2>/dev/null
exit 1`
)

// supervise starts a supervisor that will remove the given paths at the end.
func supervise(remove []string) (*supervisor, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start the supervisor: %w", err)
	}
	defer func() { _ = read.Close() }()
	s := &supervisor{lifeline: write}
	s.leader = s.command(read, leaderScript)
	if err := s.leader.Start(); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("start the process group: %w", err)
	}
	s.shell = s.command(read, supervisorScript, slices.Concat([]string{strconv.Itoa(s.group())}, remove)...)
	if err := s.shell.Start(); err != nil {
		_ = write.Close()
		_ = s.leader.Wait()
		return nil, fmt.Errorf("start the supervisor: %w", err)
	}
	return s, nil
}

func (s *supervisor) command(stdin *os.File, script string, args ...string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", slices.Concat([]string{"-c", script, "controlplane-supervisor"}, args)...) //nolint:noctx // it lives as long as the process
	cmd.Stdin = stdin
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Dir = "/"
	return cmd
}

// group is the process group that the fleet's processes join.
func (s *supervisor) group() int { return s.leader.Process.Pid }

// stop ends the group and returns when everything is gone.
func (s *supervisor) stop() error {
	_ = s.lifeline.Close()
	_ = s.leader.Wait() // Killed, so always an error.
	if err := s.shell.Wait(); err != nil {
		return fmt.Errorf("end the control planes: %w", err)
	}
	return nil
}
