package argocd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

// Programs are what Argo CD consists of here.
type Programs struct {
	// ArgoCD is the application controller, the repo server and their Redis in one.
	ArgoCD string
	// Helm is the program that the repo server renders charts with.
	Helm string
}

// Build returns the programs: those that $CROSSVPC_ARGOCD and $CROSSVPC_HELM name, else those in the cache, into which they
// are built where they are not there yet: some 6 minutes of CPU when nothing of them was ever compiled.
func Build(ctx context.Context, progress io.Writer) (Programs, error) {
	root, err := root()
	if err != nil {
		return Programs{}, err
	}
	argo := gobuild.Cached{Name: "argocd", Variable: "CROSSVPC_ARGOCD", Module: filepath.Join(root, sources)}
	var programs Programs
	var errs [2]error
	programs.ArgoCD, errs[0] = argo.Program(ctx, progress)
	programs.Helm, errs[1] = Helm(ctx, progress)
	return programs, errors.Join(errs[:]...)
}

// Helm returns the program helm alone, as Build does. Its version is the one that releases are made with.
func Helm(ctx context.Context, progress io.Writer) (string, error) {
	root, err := root()
	if err != nil {
		return "", err
	}
	helm := gobuild.Cached{
		Name: "helm", Variable: "CROSSVPC_HELM", Module: filepath.Join(root, "tools", "release"), Package: "helm.sh/helm/v4/cmd/helm", Pins: true,
	}
	return helm.Program(ctx, progress)
}

// sources is the module of Argo CD's program.
const sources = "test/argocd/program"

// root finds the folder of the product's sources.
func root() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(file), "..", "..")
	if _, err := os.Stat(filepath.Join(path, sources, "go.mod")); err != nil {
		return "", fmt.Errorf("find the sources of Argo CD's program: %w", err)
	}
	return path, nil
}

// manifests is the folder of Argo CD's own manifests, in the module cache.
func manifests(ctx context.Context) (string, error) {
	root, err := root()
	if err != nil {
		return "", err
	}
	module, err := gobuild.Downloaded(ctx, filepath.Join(root, sources), "github.com/argoproj/argo-cd/v3")
	return filepath.Join(module, "manifests"), err
}
