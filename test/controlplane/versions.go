package controlplane

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// pins is what the module in binaries/ asks for: the versions, and the stamp that
// tells a cache built from these very lines.
type pins struct {
	moduleDir  string
	kubernetes string // v1.37.2
	etcd       string // v3.7.3
	kwok       string // v0.8.0
	stamp      string
}

func readPins(ctx context.Context) (pins, error) {
	dir, err := binariesModuleDir(ctx)
	if err != nil {
		return pins{}, err
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return pins{}, fmt.Errorf("read the pins of the control plane's programs: %w", err)
	}
	p := pins{
		moduleDir:  dir,
		kubernetes: requiredVersion(mod, "k8s.io/kubernetes"),
		etcd:       requiredVersion(mod, "go.etcd.io/etcd/server/v3"),
		kwok:       requiredVersion(mod, "sigs.k8s.io/kwok"),
	}
	sum := sha256.Sum256(append(mod, strings.Join(p.linkerFlags(), " ")...))
	p.stamp = hex.EncodeToString(sum[:])
	if p.kubernetes == "" || p.etcd == "" || p.kwok == "" {
		return pins{}, fmt.Errorf("%s/go.mod pins no version of kubernetes, etcd or kwok", dir)
	}
	return p, nil
}

// binariesModuleDir finds the module among the sources: it can't be embedded, since
// embedding stops at the border of a module. A -trimpath build has no source path
// in it, so the go command is asked then.
func binariesModuleDir(ctx context.Context) (string, error) {
	_, file, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(file), "binaries")
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return dir, nil
	}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/crossvpc/crossvpc").Output()
	if err != nil {
		return "", fmt.Errorf("find the sources of crossvpc (run inside its tree): %w", err)
	}
	root := strings.TrimSpace(string(out))
	if root == "" {
		return "", errors.New("find the sources of crossvpc: the go command knows no folder for the module")
	}
	return filepath.Join(root, "test", "controlplane", "binaries"), nil
}

// requiredVersion reads one version from the require lines of a go.mod.
func requiredVersion(mod []byte, module string) string {
	lines := bufio.NewScanner(bytes.NewReader(mod))
	for lines.Scan() {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(lines.Text()), "require "))
		if len(fields) >= 2 && fields[0] == module && strings.HasPrefix(fields[1], "v") {
			return fields[1]
		}
	}
	return ""
}

// linkerFlags stamp the programs with their versions: without them the API server
// calls itself v0.0.0-master and every version check of a client is wrong.
func (p pins) linkerFlags() []string {
	const component = "k8s.io/component-base/version."
	major, minor, _ := strings.Cut(strings.TrimPrefix(p.kubernetes, "v"), ".")
	minor, _, _ = strings.Cut(minor, ".")
	return []string{
		"-s", "-w",
		"-X", component + "gitVersion=" + p.kubernetes,
		"-X", component + "gitMajor=" + major,
		"-X", component + "gitMinor=" + minor,
		"-X", component + "gitTreeState=clean",
		"-X", component + "gitCommit=" + p.kubernetes,
		"-X", "sigs.k8s.io/kwok/pkg/consts.Version=" + p.kwok,
	}
}
