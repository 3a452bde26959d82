package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// outcome is what became of one mutant.
type outcome struct {
	mutant
	name    string
	killed  bool
	reached bool
	slow    bool // noticed because a test took too long
}

type results struct {
	path     string
	outcomes []outcome
	took     time.Duration
}

// tryPackage builds a package with its mutants and tries those that are chosen.
func tryPackage(ctx context.Context, folder string, p chosenPackage, filter filter) (results, error) {
	began := time.Now()
	folder, err := os.MkdirTemp(folder, "package")
	if err != nil {
		return results{}, err
	}
	s, err := load(ctx, p.path)
	if err != nil {
		return results{}, err
	}
	m, err := s.mutate()
	if err != nil {
		return results{}, err
	}
	b, err := s.build(ctx, folder, m)
	if err != nil {
		return results{}, err
	}
	tests, err := b.measure(ctx, filter.without)
	if err != nil {
		return results{}, err
	}
	r := results{path: strings.TrimPrefix(p.path, "./")}
	for _, mutant := range p.choose(m.mutants, filter.functions) {
		o, err := b.try(ctx, mutant, tests)
		if err != nil {
			return results{}, err
		}
		o.name = mutant.name(r.path)
		if filter.verbose {
			_, _ = fmt.Fprintf(os.Stdout, "%-8s %s/%s:%d %s\n", o.verdict(), r.path, o.file, o.line, o.name)
		}
		r.outcomes = append(r.outcomes, o)
	}
	r.took = time.Since(began)
	return r, nil
}

// choose keeps the order of the files.
func (p chosenPackage) choose(all []mutant, only *regexp.Regexp) []mutant {
	var list []mutant
	for _, m := range all {
		if only.MatchString(m.function) {
			list = append(list, m)
		}
	}
	if p.sample == 0 {
		return list
	}
	p.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(p.sample, len(list))]
}

// try runs the tests that reach a mutant until one notices it.
func (b *binary) try(ctx context.Context, m mutant, tests []measured) (outcome, error) {
	o := outcome{mutant: m}
	for _, t := range turns(tests, m.id) {
		o.reached = true
		limit := 5*time.Second + 10*t.took
		how, _ := b.run(ctx, "^("+strings.Join(t.names, "|")+")$", m.id, "", limit)
		if ctx.Err() != nil {
			return o, ctx.Err()
		}
		if how != passed {
			o.killed, o.slow = true, how == timedOut
			return o, nil
		}
	}
	return o, nil
}

func (o outcome) verdict() string {
	switch {
	case o.slow:
		return "slow"
	case o.killed:
		return "killed"
	case o.reached:
		return "SURVIVED"
	}
	return "UNREACHED"
}
