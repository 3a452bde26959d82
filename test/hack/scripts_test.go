// Package hack tests the scripts of the folder hack.
package hack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program writes one that a script finds before the real one of that name.
func program(t *testing.T, name, script string) (path string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	return "PATH=" + folder + string(os.PathListSeparator) + os.Getenv("PATH")
}

// run runs a command in a folder, with more in its environment.
func run(t *testing.T, folder string, env []string, name string, args ...string) (out string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	// A run of all tests has variables of its own for these scripts.
	cmd.Dir, cmd.Env = folder, append(append(os.Environ(), "PARTS=", "BASE=", "KEEP="), env...)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func must(t *testing.T, folder string, name string, args ...string) string {
	t.Helper()
	out, err := run(t, folder, nil, name, args...)
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

func TestFuzzSaysWhyATargetFailed(t *testing.T) {
	t.Parallel()
	compiler := program(t, "go", `[ "$1" = test ] || exit 0
echo "    parse_test.go:7: the reason"
echo FAIL
echo "exit status 1"
echo "FAIL package 0.1s"
exit 1
`)
	out, err := run(t, "../..", []string{compiler}, "hack/fuzz.sh", "1s")
	if err == nil || !strings.Contains(out, "parse_test.go:7: the reason") || !strings.Contains(out, "FAILED: ") {
		t.Errorf("ended with %v:\n%s", err, out)
	}
}

// TestFuzzGivesATargetThatIsCutOffMoreTime plays a machine on which the first target needs all of its time twice.
func TestFuzzGivesATargetThatIsCutOffMoreTime(t *testing.T) {
	t.Parallel()
	asked := filepath.Join(t.TempDir(), "asked")
	compiler := program(t, "go", `[ "$1" = test ] || exit 0
echo "$@" >>`+asked+`
[ $(wc -l <`+asked+`) -gt 2 ] && echo PASS && exit 0
echo "    context deadline exceeded"
exit 1
`)
	out, err := run(t, "../..", []string{compiler}, "hack/fuzz.sh", "1s")
	if err != nil || !strings.Contains(out, "fuzz targets held") {
		t.Fatalf("ended with %v:\n%s", err, out)
	}
	content, err := os.ReadFile(asked)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(content), "\n")
	for i, want := range []string{"-fuzztime=1s .", "-fuzztime=1s .", "-fuzztime=30s .", "-fuzztime=1s ."} {
		if !strings.HasSuffix(lines[i], want) {
			t.Errorf("attempt %d is %q, want it to end with %s", i+1, lines[i], want)
		}
	}
}

// TestPartsOfACommit has a repository whose last two commits touch paths of a part each.
func TestPartsOfACommit(t *testing.T) {
	t.Parallel()
	whole, clone := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "clone")
	if err := os.MkdirAll(filepath.Join(whole, "hack"), 0o700); err != nil {
		t.Fatal(err)
	}
	must(t, ".", "cp", "../../hack/parts.sh", filepath.Join(whole, "hack"))
	must(t, whole, "git", "init", "-q")
	commit := func(file string) {
		t.Helper()
		must(t, whole, "sh", "-c", "mkdir -p $(dirname "+file+") && echo a >"+file)
		must(t, whole, "git", "add", ".")
		must(t, whole, "git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", file)
	}
	commit("README.md")
	commit("test/moto/a.go")
	commit("config/iam/a.tf")
	// The hash of the commit chooses one: of these two, one at least is there for its paths.
	if out, err := run(t, whole, []string{"BASE=HEAD~2"}, "hack/parts.sh"); err != nil || !strings.Contains(out, "moto\nterraform\n") {
		t.Errorf("commits that touch moto's tests and Terraform have the parts %q, %v", out, err)
	}
	must(t, ".", "git", "clone", "-q", "--depth=1", "file://"+whole, clone)
	out := must(t, clone, "hack/parts.sh")
	if !strings.Contains(out, "not known") || strings.Count(out, "\n") != 2 {
		t.Errorf("in a clone of one commit it says\n%s", out)
	}
	if all := must(t, clone, "env", "PARTS=all", "hack/parts.sh"); strings.Count(all, "\n") != 5 || !strings.Contains(all, "reproducible\n") {
		t.Errorf("all parts are %q", all)
	}
}

func TestModulesAreFoundByWhatIsInThem(t *testing.T) {
	t.Parallel()
	list := func(kind ...string) []string { return strings.Fields(must(t, "../..", "hack/modules.sh", kind...)) }
	all, tests, lint := list(), list("tests"), list("lint")
	if len(all) < 10 || all[0] != "." {
		t.Errorf("modules are %v", all)
	}
	for _, c := range []struct {
		module             string
		isTested, isLinted bool
	}{
		{".", true, true},
		{"test/crd", true, true},
		{"test/karpenter/controller", false, true},
		{"test/argocd/program", false, false},
		{"test/controlplane/binaries", false, false},
		{"tools", false, false}, // what lies in tools/krew is not of this module
	} {
		has := func(list []string) bool { return strings.Contains(" "+strings.Join(list, " ")+" ", " "+c.module+" ") }
		if !has(all) || has(tests) != c.isTested || has(lint) != c.isLinted {
			t.Errorf("%s: listed %t, tested %t, linted %t", c.module, has(all), has(tests), has(lint))
		}
	}
	if out, err := run(t, "../..", nil, "hack/modules.sh", "other"); err == nil {
		t.Errorf("an unknown kind gives %q", out)
	}
}

// TestMakeColoursATerminalUnlessAskedNotTo: https://no-color.org.
func TestMakeColoursATerminalUnlessAskedNotTo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		environment []string
		coloured    bool
	}{
		{[]string{"MAKE_TERMOUT=/dev/pts/0", "NO_COLOR="}, true},
		{[]string{"MAKE_TERMOUT=/dev/pts/0", "NO_COLOR=1"}, false},
		{[]string{"MAKE_TERMOUT=", "NO_COLOR="}, false},
	} {
		out, err := run(t, "../..", test.environment, "make", append([]string{"help"}, test.environment[0])...)
		if err != nil || strings.Contains(out, "\x1b[") != test.coloured || !strings.Contains(out, "first-run") {
			t.Errorf("%v: %v\n%.200q", test.environment, err, out)
		}
	}
}
