package gobuild

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Cached is a program that is built once, into a cache.
type Cached struct {
	// Name of the program's folder in the cache ${XDG_CACHE_HOME:-~/.cache}/crossvpc.
	Name string
	// Variable of the environment that names a program which is on the machine already.
	Variable string
	// Module is the folder of the program's module; what its files say decides which program it is.
	Module string
	// Package is the main package, as the go command takes it in Module; empty: the module's root.
	Package string
	// Pins says that the program is another module's, and Module only pins its version: go.mod and go.sum decide alone.
	Pins bool
}

// Program returns the path of the program: what the variable names, else the one in the cache, into which it is built
// where these very sources are not there yet. It says on progress how far that is.
func (c Cached) Program(ctx context.Context, progress io.Writer) (string, error) {
	if named := os.Getenv(c.Variable); named != "" {
		if _, err := os.Stat(named); err != nil {
			return "", fmt.Errorf("$%s must name a program: %w", c.Variable, err)
		}
		return named, nil
	}
	stamp, err := c.stamp()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache for %s: %w", c.Name, err)
	}
	path := filepath.Join(cache, "crossvpc", c.Name, stamp)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("make a cache for %s: %w", c.Name, err)
	}
	// It is built beside and renamed: an interrupted build leaves no half program, and of two that build at the same
	// time one wins.
	beside := fmt.Sprintf("%s.%d", path, os.Getpid())
	programs := Programs{Module: c.Module, Packages: []string{cmp.Or(c.Package, ".")}, Linker: []string{"-s", "-w"}, Out: beside}
	if err := programs.Build(ctx, progress); err != nil {
		return "", err
	}
	return path, os.Rename(beside, path)
}

func (c Cached) stamp() (string, error) {
	pattern := "*"
	if c.Pins {
		pattern = "go.*"
	}
	names, err := filepath.Glob(filepath.Join(c.Module, pattern))
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", fmt.Errorf("find the sources of %s in %s", c.Name, c.Module)
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read the sources of %s: %w", c.Name, err)
		}
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", filepath.Base(name), len(content), content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}
