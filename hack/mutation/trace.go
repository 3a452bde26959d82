package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// measured is a test: how long it takes without a mutant, and which mutants it reaches.
type measured struct {
	name    string
	took    time.Duration
	reaches map[int]bool
}

// measure runs each test alone, the quick ones first in what it returns: they find most.
func (b *binary) measure(ctx context.Context, without *regexp.Regexp) ([]measured, error) {
	if _, err := os.Stat(b.program); os.IsNotExist(err) {
		return nil, nil // the package has no test, and every mutant lives
	}
	names, err := b.tests(ctx)
	if err != nil {
		return nil, err
	}
	var list []measured
	for _, name := range names {
		if without != nil && without.MatchString(name) {
			continue
		}
		began := time.Now()
		trace := filepath.Join(filepath.Dir(b.program), name+".trace")
		if how, out := b.run(ctx, "^"+name+"$", 0, trace, 5*time.Minute); how != passed {
			return nil, fmt.Errorf("%s fails without any mutant:\n%s", name, out)
		}
		t := measured{name: name, took: time.Since(began), reaches: map[int]bool{}}
		ids, err := os.ReadFile(trace) //nolint:gosec // the run wrote it
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		for id := range strings.FieldsSeq(string(ids)) {
			n, _ := strconv.Atoi(id)
			t.reaches[n] = true
		}
		list = append(list, t)
	}
	slices.SortStableFunc(list, func(a, b measured) int { return int(a.took - b.took) })
	return list, nil
}

// turn is a few tests that one process runs.
type turn struct {
	names []string
	took  time.Duration
}

// longTurn is how long the tests of a turn take at most, if they are several.
const longTurn = 300 * time.Millisecond

// turns are the tests that reach a mutant, quick ones together and slow ones alone.
func turns(tests []measured, id int) []turn {
	var list []turn
	for _, t := range tests {
		if !t.reaches[id] {
			continue
		}
		if last := len(list) - 1; last < 0 || list[last].took+t.took > longTurn && list[last].took > 0 {
			list = append(list, turn{})
		}
		last := &list[len(list)-1]
		last.names = append(last.names, t.name)
		last.took += t.took
	}
	return list
}
