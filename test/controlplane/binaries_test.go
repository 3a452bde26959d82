package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var testPins = pins{kubernetes: "v1.37.2", etcd: "v3.7.3", kwok: "v0.8.0", stamp: "these pins"}

func writeProgram(t *testing.T, dir, name, says string) {
	t.Helper()
	script := fmt.Sprintf("#!/bin/sh\necho '%s'\n", says)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyInstalledProgramsOfTheRightVersionAreUsed(t *testing.T) {
	dir := t.TempDir()
	writeProgram(t, dir, "kube-apiserver", "Kubernetes v1.37.2")
	writeProgram(t, dir, "kubectl", "Client Version: v1.36.0")
	writeProgram(t, dir, "etcd", "etcd Version: 3.7.0")
	writeProgram(t, dir, "kwok", "kwok version v0.7.0 (go1.26)")

	want := map[string]string{"kube-apiserver": filepath.Join(dir, "kube-apiserver"), "etcd": filepath.Join(dir, "etcd")}
	if diff := cmp.Diff(want, installedBinaries(t.Context(), dir, testPins)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheCacheOffersOnlyWhatWasBuiltFromThesePins(t *testing.T) {
	dir := t.TempDir()
	writeProgram(t, dir, "etcd", "")
	if builtFrom(dir, "etcd", testPins.stamp) {
		t.Error("a program without a stamp counts as built")
	}
	if err := os.WriteFile(stampFile(dir, "etcd"), []byte("those of last year"), 0o644); err != nil {
		t.Fatal(err)
	}
	if builtFrom(dir, "etcd", testPins.stamp) {
		t.Error("a program of other pins counts as built")
	}
	if err := os.WriteFile(stampFile(dir, "etcd"), []byte(testPins.stamp), 0o644); err != nil {
		t.Fatal(err)
	}
	if !builtFrom(dir, "etcd", testPins.stamp) {
		t.Error("a program of these pins does not count as built")
	}
}

func TestASecondBuilderWaitsForTheFirstAndSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lockFile(t.Context(), path, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var progress strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := lockFile(ctx, path, &progress); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second builder got %v, want to wait until its time is up", err)
	}
	if !strings.Contains(progress.String(), "another process") {
		t.Errorf("it said %q", progress.String())
	}
	unlock()
	ctx, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	again, err := lockFile(ctx, path, io.Discard)
	if err != nil {
		t.Fatalf("after the first is done: %v", err)
	}
	again()
}

func TestAFailedBuildLeavesNothingAndShowsTheCompilersWords(t *testing.T) {
	p, err := readPins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.moduleDir = t.TempDir()
	files := map[string]string{
		"go.mod":                  "module k8s.io/kubernetes\n\ngo 1.26\n",
		"cmd/kubectl/main.go":     "package main\n\nfunc main() { undefinedThing() }\n",
		"cmd/kubectl/other/ok.go": "package other\n",
	}
	for name, content := range files {
		path := filepath.Join(p.moduleDir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cache := filepath.Join(t.TempDir(), "cache")
	err = build(t.Context(), p, []string{"kubectl"}, cache, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "undefined: undefinedThing") {
		t.Errorf("got %v, want the compiler's message", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(cache), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestThePinsAreReadFromTheModule(t *testing.T) {
	p, err := readPins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, version := range map[string]string{"kubernetes": p.kubernetes, "etcd": p.etcd, "kwok": p.kwok} {
		if !strings.HasPrefix(version, "v") {
			t.Errorf("%s is pinned to %q", name, version)
		}
	}
	flags := strings.Join(p.linkerFlags(), " ")
	if !strings.Contains(flags, "gitMajor=1 ") || !strings.Contains(flags, "gitVersion="+p.kubernetes) {
		t.Errorf("the linker flags lack the version: %s", flags)
	}
}
