package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const platforms = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64"

// packed is a release of programs that only say which platform they are for.
func packed(t *testing.T) options {
	t.Helper()
	o := options{
		binaries: t.TempDir(), out: t.TempDir(), license: "../../../LICENSE", platforms: platforms, version: "v1.2.3",
		url: "https://github.com/crossvpc/crossvpc/releases/download/v1.2.3",
	}
	for platform := range strings.SplitSeq(platforms, ",") {
		folder := filepath.Join(o.binaries, strings.ReplaceAll(platform, "/", "-"))
		name := program
		if strings.HasPrefix(platform, "windows") {
			name += ".exe"
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\necho "+platform+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(o); err != nil {
		t.Fatal(err)
	}
	return o
}

// krew runs one of Krew's own programs, which this module pins.
func krew(t *testing.T, root, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"tool", name}, args...)...)
	cmd.Env = append(os.Environ(), "KREW_ROOT="+root, "KREW_OS=", "KREW_ARCH=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestKrewsOwnValidatorAcceptsTheManifest(t *testing.T) {
	o := packed(t)
	manifest := filepath.Join(o.out, "crossvpc.yaml")
	if out, err := krew(t, t.TempDir(), "validate-krew-manifest", "-skip-install", "-manifest", manifest); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	content, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifest, bytes.ReplaceAll(content, []byte("arch: arm64"), []byte("arch: amd64")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := krew(t, t.TempDir(), "validate-krew-manifest", "-skip-install", "-manifest", manifest); err == nil {
		t.Fatalf("two archives for one platform pass:\n%s", out)
	}
}

func TestKrewInstallsThePluginFromItsArchive(t *testing.T) {
	o, root := packed(t), t.TempDir()
	archive := filepath.Join(o.out, program+"-v1.2.3-"+runtime.GOOS+"-"+runtime.GOARCH+".tar.gz")
	manifest := filepath.Join(o.out, "crossvpc.yaml")
	if out, err := krew(t, root, "krew", "install", "--manifest="+manifest, "--archive="+archive); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said, err := exec.CommandContext(t.Context(), filepath.Join(root, "bin", program)).Output()
	if err != nil || string(said) != runtime.GOOS+"/"+runtime.GOARCH+"\n" {
		t.Fatalf("the installed plugin says %q, %v", said, err)
	}
	if _, err := os.Stat(filepath.Join(root, "store", "crossvpc", "v1.2.3", "LICENSE")); err != nil {
		t.Fatal(err)
	}
}

func TestTheSameBinariesGiveTheSameBytes(t *testing.T) {
	o := packed(t)
	again := o
	again.out = t.TempDir()
	if err := run(again); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(o.out)
	if err != nil || len(files) != 6 {
		t.Fatalf("five archives and a manifest are expected: %v, %v", files, err)
	}
	for _, f := range files {
		first, _ := os.ReadFile(filepath.Join(o.out, f.Name()))
		second, err := os.ReadFile(filepath.Join(again.out, f.Name()))
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s differs (%v)", f.Name(), err)
		}
	}
}
