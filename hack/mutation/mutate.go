package main

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
)

// mutated is a package with all its mutants in its text.
type mutated struct {
	texts   map[string][]byte // by the path of the file that they stand for
	mutants []mutant
}

// mutate finds the mutants of a package, and leaves out those that do not compile.
func (s *source) mutate() (*mutated, error) {
	texts := map[string][]byte{}
	for _, name := range s.files {
		text, err := os.ReadFile(name) //nolint:gosec // the go command named it
		if err != nil {
			return nil, err
		}
		texts[name] = text
	}
	dropped := map[int]bool{}
	for range 20 {
		m, broken, err := s.attempt(texts, dropped)
		if err != nil || len(broken) == 0 {
			return m, err
		}
		for _, id := range broken {
			dropped[id] = true
		}
	}
	return nil, errors.New("some mutants do not compile, whichever are left out")
}

// attempt mutates all files, and names the mutants that do not compile.
func (s *source) attempt(texts map[string][]byte, dropped map[int]bool) (*mutated, []int, error) {
	fset := token.NewFileSet()
	var first error
	files, info, err := s.check(fset, texts, func(e types.Error) { first = errors.Join(first, e) })
	if err = errors.Join(err, first); err != nil {
		return nil, nil, err
	}
	m := &mutated{texts: map[string][]byte{}}
	spans := map[string][]span{}
	names, next := map[string]int{}, 1
	for _, file := range files {
		name := fset.Position(file.Pos()).Filename
		w := &walker{fset: fset, info: info, text: texts[name], file: filepath.Base(name), next: &next, names: names, dropped: dropped}
		w.walk(file)
		m.texts[name], spans[name] = apply(texts[name], w.edits)
		m.mutants = append(m.mutants, w.mutants...)
	}
	m.texts[filepath.Join(s.folder, "zz_mutants.go")] = fmt.Appendf(nil, helpers, files[0].Name.Name)
	broken, err := s.broken(m, spans)
	return m, broken, err
}

// broken are the mutants that errors of the type checker are in.
func (s *source) broken(m *mutated, spans map[string][]span) ([]int, error) {
	var list []int
	var elsewhere error
	_, _, err := s.check(token.NewFileSet(), m.texts, func(e types.Error) {
		at := e.Fset.Position(e.Pos)
		if id, in := innermost(spans[at.Filename], at.Offset); in {
			list = append(list, id)
		} else {
			elsewhere = errors.Join(elsewhere, e)
		}
	})
	if len(list) > 0 {
		elsewhere = nil // it may follow from those
	}
	return list, errors.Join(err, elsewhere)
}
