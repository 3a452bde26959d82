package karpenter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

// Program returns the path of the program, from the cache ${XDG_CACHE_HOME:-~/.cache}/crossvpc/karpenter, into which it
// is built where these very sources are not there yet: some 5 minutes of CPU when nothing of it was ever compiled. It says
// on progress how far that is.
func Program(ctx context.Context, progress io.Writer) (string, error) {
	sources, err := folder()
	if err != nil {
		return "", err
	}
	stamp, err := stampOf(sources)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache for Karpenter: %w", err)
	}
	path := filepath.Join(cache, "crossvpc", "karpenter", stamp)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("make a cache for Karpenter: %w", err)
	}
	// It is built beside and renamed: an interrupted build leaves no half program, and of two that build at the same
	// time one wins.
	beside := fmt.Sprintf("%s.%d", path, os.Getpid())
	programs := gobuild.Programs{Module: sources, Packages: []string{"."}, Linker: []string{"-s", "-w"}, Out: beside}
	if err := programs.Build(ctx, progress); err != nil {
		return "", err
	}
	return path, os.Rename(beside, path)
}

// folder finds the module among the sources.
func folder() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(file), "controller")
	if _, err := os.Stat(filepath.Join(path, "go.mod")); err != nil {
		return "", fmt.Errorf("find the sources of Karpenter's program: %w", err)
	}
	return path, nil
}

func stampOf(sources string) (string, error) {
	names, err := filepath.Glob(filepath.Join(sources, "*"))
	if err != nil {
		return "", err
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read the sources of Karpenter's program: %w", err)
		}
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", filepath.Base(name), len(content), content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// Definitions are the folders with the definitions (CRDs) of NodePools, NodeClaims and kwok's node class, in the module
// cache.
func Definitions(ctx context.Context) ([]string, error) {
	sources, err := folder()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", "sigs.k8s.io/karpenter")
	cmd.Dir, cmd.Env = sources, append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := cmd.Output()
	var module struct{ Dir, Error string }
	if err := errors.Join(err, json.Unmarshal(out, &module)); err != nil {
		return nil, fmt.Errorf("download Karpenter: %w %s", err, module.Error)
	}
	return []string{filepath.Join(module.Dir, "pkg", "apis", "crds"), filepath.Join(module.Dir, "kwok", "apis", "crds")}, nil
}
