package hack

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestGoRunSaysThatItCompiles plays a compiler that takes until somebody was told so.
func TestGoRunSaysThatItCompiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	told := filepath.Join(folder, "told")
	compiler := "#!/bin/sh\nwhile [ ! -e " + told + " ]; do sleep 0.1; done\nprintf '#!/bin/sh\\nread -r said\\necho runs with $1, told $said\\nexit 7\\n' >\"$3\"\nchmod +x \"$3\"\n"
	if err := os.WriteFile(filepath.Join(folder, "go"), []byte(compiler), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "../../hack/gorun.sh", "./some/package", "an argument")
	cmd.Env = append(os.Environ(), "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"), "SAY_EVERY=1")
	cmd.Stdin = strings.NewReader("yes\n")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !regexp.MustCompile(`compiling \./some/package \([1-9]\d* s\)`).MatchString(lines.Text()) {
		t.Errorf("while it compiles it says %q", lines.Text())
	}
	if err := os.WriteFile(told, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	if last != "runs with an argument, told yes" {
		t.Errorf("in the end it says %q", last)
	}
	if exit, ok := errors.AsType[*exec.ExitError](cmd.Wait()); !ok || exit.ExitCode() != 7 {
		t.Errorf("ended with %v, want the program's exit code 7", exit)
	}
}

// TestWhoEndsGoRunEndsTheProgram plays a program that has something to stop first.
func TestWhoEndsGoRunEndsTheProgram(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	program := `#!/bin/sh\ntrap "sleep 0.5; echo stopped; exit 3" TERM\necho started\nfor _ in $(seq 100); do sleep 0.1; done\necho nobody ended it\n`
	compiler := "#!/bin/sh\nprintf '" + program + "' >\"$3\"\nchmod +x \"$3\"\n"
	if err := os.WriteFile(filepath.Join(folder, "go"), []byte(compiler), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "../../hack/gorun.sh", "./some/package")
	cmd.Env = append(os.Environ(), "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "started" {
		t.Fatalf("it says %q", lines.Text())
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || lines.Text() != "stopped" {
		t.Errorf("the program was not ended: it says %q", lines.Text())
	}
	if exit, ok := errors.AsType[*exec.ExitError](cmd.Wait()); !ok || exit.ExitCode() != 3 {
		t.Errorf("ended with %v, want the program's exit code 3", exit)
	}
}
