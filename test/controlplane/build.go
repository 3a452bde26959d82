package controlplane

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

// build makes the named programs in dir. It builds beside and renames, so that an
// interrupted build leaves no half program.
func build(ctx context.Context, p pins, names []string, dir string, progress io.Writer) error {
	out, err := os.MkdirTemp(filepath.Dir(dir), ".building-")
	if err != nil {
		return fmt.Errorf("build the control plane's programs: %w", err)
	}
	defer func() { _ = os.RemoveAll(out) }()

	packages := make([]string, len(names))
	for i, name := range names {
		packages[i] = programs[name].pkg
	}
	_, _ = fmt.Fprintf(progress, "building %s %s from source, once, into %s\n", strings.Join(names, ", "), p.kubernetes, dir)
	started := time.Now()
	if err := (gobuild.Programs{Module: p.moduleDir, Packages: packages, Linker: p.linkerFlags(), Out: out + "/"}).Build(ctx, progress); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(progress, "built in %s\n", time.Since(started).Round(time.Second))
	for i, name := range names {
		if err := os.Rename(filepath.Join(out, outputName(packages[i])), filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("keep the built %s: %w", name, err)
		}
		if err := os.WriteFile(stampFile(dir, name), []byte(p.stamp), 0o644); err != nil {
			return fmt.Errorf("stamp the built %s: %w", name, err)
		}
	}
	return nil
}

// outputName is what `go build` calls the program: the last element that isn't a
// major version. etcd's is thus "server".
func outputName(pkg string) string {
	if base := path.Base(pkg); len(base) > 1 && base[0] == 'v' && base[1] >= '0' && base[1] <= '9' {
		return path.Base(path.Dir(pkg))
	}
	return path.Base(pkg)
}
