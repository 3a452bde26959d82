package karpenter

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

// Program returns the path of the program: $CROSSVPC_KARPENTER, else from the cache, into which it is built where it is
// not there yet: some 5 minutes of CPU when nothing of it was ever compiled.
func Program(ctx context.Context, progress io.Writer) (string, error) {
	sources, err := folder()
	if err != nil {
		return "", err
	}
	return gobuild.Cached{Name: "karpenter", Variable: "CROSSVPC_KARPENTER", Module: sources}.Program(ctx, progress)
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

// Definitions are the folders with the definitions (CRDs) of NodePools, NodeClaims and kwok's node class, in the module
// cache.
func Definitions(ctx context.Context) ([]string, error) {
	sources, err := folder()
	if err != nil {
		return nil, err
	}
	module, err := gobuild.Downloaded(ctx, sources, "sigs.k8s.io/karpenter")
	if err != nil {
		return nil, err
	}
	return []string{filepath.Join(module, "pkg", "apis", "crds"), filepath.Join(module, "kwok", "apis", "crds")}, nil
}
