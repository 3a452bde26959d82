package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// source is a package as the compiler sees it, without its tests.
type source struct {
	path, folder string
	files        []string
	exports      map[string]string
}

// listed is what `go list -json` says of a package (https://pkg.go.dev/cmd/go#hdr-List_packages_or_modules).
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly, Standard       bool
}

// load asks the go command which files a package has, and where what it imports lies compiled.
func load(ctx context.Context, pattern string) (*source, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly,Standard",
		pattern, "cmp", "os", "strconv", "sync") // what the helpers import
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	s := &source{exports: map[string]string{}}
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := lines.Decode(&p); err == io.EOF {
			return s, nil
		} else if err != nil {
			return nil, err
		}
		s.exports[p.ImportPath] = p.Export
		if !p.DepOnly && !p.Standard {
			s.path, s.folder = p.ImportPath, p.Dir
			for _, name := range p.GoFiles {
				s.files = append(s.files, filepath.Join(p.Dir, name))
			}
		}
	}
}

// check type-checks files whose text may differ from the one on disk, and hands every error to the caller.
func (s *source) check(fset *token.FileSet, texts map[string][]byte, failed func(types.Error)) ([]*ast.File, *types.Info, error) {
	var files []*ast.File
	for name, text := range inOrder(texts) {
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, file)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{
		Importer: importer.ForCompiler(fset, "gc", s.open),
		Sizes:    types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) {
			if e, is := err.(types.Error); is { //nolint:errorlint // the checker hands over this type, never a wrapped one
				failed(e)
			}
		},
	}
	_, _ = config.Check(s.path, fset, files, info) // every error went to failed
	return files, info, nil
}

func (s *source) open(path string) (io.ReadCloser, error) {
	if s.exports[path] == "" {
		return nil, fmt.Errorf("no compiled package %s", path)
	}
	return os.Open(s.exports[path])
}
