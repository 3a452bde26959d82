package gobuild

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoRunSaysThatItCompiles plays a compiler that takes its time.
func TestGoRunSaysThatItCompiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	compiler := "#!/bin/sh\nsleep 2.5\nprintf '#!/bin/sh\\necho runs with $1\\nexit 7\\n' >\"$3\"\nchmod +x \"$3\"\n"
	if err := os.WriteFile(filepath.Join(folder, "go"), []byte(compiler), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "../../hack/gorun.sh", "./some/package", "an argument")
	cmd.Env = append(os.Environ(), "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"), "SAY_EVERY=1")
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 7 {
		t.Errorf("ended with %v, want the program's exit code 7", err)
	}
	for _, want := range []string{"compiling ./some/package (1 s)", "runs with an argument"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("nothing says %q:\n%s", want, out)
		}
	}
}
