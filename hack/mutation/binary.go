package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// binary is the test binary of a package with all its mutants.
type binary struct{ program, folder string }

// build compiles the changed texts in the place of the files; the worktree stays as it is.
func (s *source) build(ctx context.Context, folder string, m *mutated) (*binary, error) {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range m.texts {
		changed := filepath.Join(folder, filepath.Base(name))
		if err := os.WriteFile(changed, text, 0o600); err != nil {
			return nil, err
		}
		overlay.Replace[name] = changed
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		return nil, err
	}
	b := &binary{filepath.Join(folder, "mutants.test"), s.folder}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay="+file, "-o", b.program, s.path) //nolint:gosec // the go command
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	return b, nil
}

// result is what became of a run of tests.
type result int

const (
	passed result = iota
	failed
	timedOut
)

// memory is how many KiB a run may map: a loop that a mutant made endless must not take the machine's.
const memory = 8 << 20

// run runs the tests of a pattern with one mutant on, or with 0 none.
func (b *binary) run(ctx context.Context, tests string, id int, trace string, limit time.Duration) (result, string) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	limited := fmt.Sprintf(`ulimit -v %d 2>/dev/null; exec "$0" "$@"`, memory)
	cmd := exec.CommandContext(ctx, "sh", "-c", limited, b.program, "-test.short", "-test.failfast", "-test.run="+tests) //nolint:gosec // built above
	cmd.Dir = b.folder
	cmd.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(id), "MUTANT_TRACE="+trace)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return timedOut, out.String()
	case err != nil:
		return failed, out.String()
	}
	return passed, out.String()
}

// tests are the names of the tests, the fuzz tests (which run their corpus) and the examples.
func (b *binary) tests(ctx context.Context) ([]string, error) {
	cmd := exec.CommandContext(ctx, b.program, "-test.list=^(Test|Fuzz|Example)") //nolint:gosec // built above
	cmd.Dir = b.folder
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(out)), nil
}
