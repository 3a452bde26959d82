package gobuild

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Downloaded is the folder of a module in the module cache, in the version that the go.mod in folder pins.
func Downloaded(ctx context.Context, folder, module string) (string, error) {
	return download(ctx, folder, module, "GOFLAGS=")
}

// DownloadedAlone is the same for module@version, outside any module of ours: none comes to require it.
func DownloadedAlone(ctx context.Context, versioned string) (string, error) {
	empty, err := os.MkdirTemp("", "download")
	if err != nil {
		return "", fmt.Errorf("download %s: %w", versioned, err)
	}
	defer func() { _ = os.RemoveAll(empty) }()
	return download(ctx, empty, versioned, "GOFLAGS=-mod=mod")
}

func download(ctx context.Context, folder, module, flags string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "GOWORK=off", flags)
	out, err := cmd.Output()
	var found struct{ Dir, Error string }
	if err := errors.Join(err, json.Unmarshal(out, &found)); err != nil {
		return "", fmt.Errorf("download %s: %w %s", module, err, found.Error)
	}
	return found.Dir, nil
}
