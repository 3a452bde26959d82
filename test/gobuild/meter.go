package gobuild

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// interval is how often a build says how far it is.
const interval = 5 * time.Second

// meter reads the output of `go build -v`, which names each package that it
// compiles, and keeps what looks like something else: errors.
type meter struct {
	total int

	mu       sync.Mutex
	partial  []byte
	compiled int
	current  string
	other    []string
}

// Write implements [io.Writer] for the output of the go command.
func (m *meter) Write(b []byte) (int, error) {
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

func (m *meter) line(line string) {
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

func (m *meter) messages() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(append(m.other, string(m.partial)), "\n")
}

func (m *meter) String() string {
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

// report writes a line every interval until the returned function is called.
func (m *meter) report(progress io.Writer, started time.Time) (stop func()) {
	done, finished := make(chan struct{}), make(chan struct{})
	ticker := time.NewTicker(interval)
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
