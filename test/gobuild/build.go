// Package gobuild builds programs from Go modules, and says how far it is: a build from nothing takes minutes.
package gobuild

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Programs are what is built.
type Programs struct {
	// Module is the folder of the module whose go.mod decides on versions.
	Module string
	// Packages are the main packages, as the go command takes them in Module.
	Packages []string
	// Linker are the flags of the linker.
	Linker []string
	// Race builds them with the race detector, which needs a C compiler.
	Race bool
	// Out is the file to make, or a folder with a slash at its end.
	Out string
}

// Build builds them without C, unless the race detector needs it, and without paths of this machine in them. It writes a line to progress every 5 seconds. An
// error has what the compiler said.
func (p Programs) Build(ctx context.Context, progress io.Writer) error {
	m := &meter{total: p.count(ctx)}
	stop := m.report(progress, time.Now())
	args := []string{"build", "-v", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", strings.Join(p.Linker, " "), "-o", p.Out}
	if p.Race {
		args = append(args, "-race")
	}
	cmd := p.command(ctx, append(args, p.Packages...)...)
	cmd.Stdout, cmd.Stderr = m, m
	err := cmd.Run()
	stop()
	if err != nil {
		return fmt.Errorf("build %s: %w\n%s", strings.Join(p.Packages, ", "), err, m.messages())
	}
	return nil
}

// command runs the go command as the recipe needs it, whatever workspace, flags
// or C compiler the user has set.
func (p Programs) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = p.Module
	cgo := "CGO_ENABLED=0"
	if p.Race {
		cgo = "CGO_ENABLED=1"
	}
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", cgo, "GOOS=", "GOARCH=")
	// On a timeout let the go command remove its own temporary files.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// count returns how many packages are in the programs: the most that a build can have to compile. Zero if the go
// command doesn't say.
func (p Programs) count(ctx context.Context) int {
	out, err := p.command(ctx, append([]string{"list", "-deps"}, p.Packages...)...).Output()
	if err != nil {
		return 0
	}
	return bytes.Count(out, []byte("\n"))
}
