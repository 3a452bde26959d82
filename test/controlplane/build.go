package controlplane

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// progressInterval is how often a build says how far it is.
const progressInterval = 5 * time.Second

// build makes the named programs in dir. It builds beside and renames, so that an
// interrupted build leaves no half program.
func build(ctx context.Context, p pins, names []string, dir string, progress io.Writer) error {
	out, err := os.MkdirTemp(filepath.Dir(dir), ".building-")
	if err != nil {
		return fmt.Errorf("build the control plane's programs: %w", err)
	}
	defer func() { _ = os.RemoveAll(out) }()

	packages := make([]string, len(names))
	for i, name := range names {
		packages[i] = programs[name].pkg
	}
	_, _ = fmt.Fprintf(progress, "building %s %s from source, once, into %s\n", strings.Join(names, ", "), p.kubernetes, dir)
	if err := compile(ctx, p, packages, out, progress); err != nil {
		return err
	}
	for i, name := range names {
		if err := os.Rename(filepath.Join(out, outputName(packages[i])), filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("keep the built %s: %w", name, err)
		}
		if err := os.WriteFile(stampFile(dir, name), []byte(p.stamp), 0o644); err != nil {
			return fmt.Errorf("stamp the built %s: %w", name, err)
		}
	}
	return nil
}

// outputName is what `go build` calls the program: the last element that isn't a
// major version. etcd's is thus "server".
func outputName(pkg string) string {
	if base := path.Base(pkg); len(base) > 1 && base[0] == 'v' && base[1] >= '0' && base[1] <= '9' {
		return path.Base(path.Dir(pkg))
	}
	return path.Base(pkg)
}

func compile(ctx context.Context, p pins, packages []string, out string, progress io.Writer) error {
	started := time.Now()
	meter := &buildMeter{total: countPackages(ctx, p, packages)}
	stop := meter.report(progress, started)
	args := []string{"build", "-v", "-mod=readonly", "-buildvcs=false", "-ldflags", strings.Join(p.linkerFlags(), " "), "-o", out + "/"}
	cmd := goCommand(ctx, p, append(args, packages...)...)
	cmd.Stdout, cmd.Stderr = meter, meter
	err := cmd.Run()
	stop()
	if err != nil {
		return fmt.Errorf("build the control plane's programs: %w\n%s", err, meter.messages())
	}
	_, _ = fmt.Fprintf(progress, "built in %s\n", time.Since(started).Round(time.Second))
	return nil
}

// goCommand runs the go command as the recipe needs it, whatever workspace, flags
// or C compiler the user has set.
func goCommand(ctx context.Context, p pins, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = p.moduleDir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0", "GOOS=", "GOARCH=")
	// On a timeout let the go command remove its own temporary files.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// countPackages returns how many packages are in the programs: the most that a
// build can have to compile. Zero if the go command doesn't say.
func countPackages(ctx context.Context, p pins, packages []string) int {
	out, err := goCommand(ctx, p, append([]string{"list", "-deps"}, packages...)...).Output()
	if err != nil {
		return 0
	}
	return bytes.Count(out, []byte("\n"))
}

// buildMeter reads the output of `go build -v`, which names each package that it
// compiles, and keeps what looks like something else: errors.
type buildMeter struct {
	total int

	mu       sync.Mutex
	partial  []byte
	compiled int
	current  string
	other    []string
}

// Write implements [io.Writer] for the output of the go command.
func (m *buildMeter) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.partial = append(m.partial, b...)
	for {
		line, rest, found := bytes.Cut(m.partial, []byte("\n"))
		if !found {
			return len(b), nil
		}
		m.line(string(line))
		m.partial = rest
	}
}

func (m *buildMeter) line(line string) {
	if line == "" || strings.HasPrefix(line, "go: downloading ") {
		m.current = line
		return
	}
	if strings.ContainsAny(line, " \t") {
		m.other = append(m.other, line)
		return
	}
	m.compiled++
	m.current = line
}

func (m *buildMeter) messages() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(append(m.other, string(m.partial)), "\n")
}

func (m *buildMeter) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case strings.HasPrefix(m.current, "go: "):
		return strings.TrimPrefix(m.current, "go: ")
	case m.compiled == 0:
		return "compiled packages are in Go's cache, linking"
	default:
		return fmt.Sprintf("compiled %d of at most %d packages, now %s", m.compiled, m.total, m.current)
	}
}

// report writes a line every progressInterval until the returned function is called.
func (m *buildMeter) report(progress io.Writer, started time.Time) (stop func()) {
	done, finished := make(chan struct{}), make(chan struct{})
	ticker := time.NewTicker(progressInterval)
	go func() {
		defer close(finished)
		defer ticker.Stop()
		w := bufio.NewWriter(progress)
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				_, _ = fmt.Fprintf(w, "  %5s  %s\n", time.Since(started).Round(time.Second), m)
				_ = w.Flush()
			}
		}
	}()
	return func() { close(done); <-finished }
}
