package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// report prints what became of the mutants of a package; it says whether all is well: no survivor that is not listed, and
// no line of the list that is not needed.
func report(to io.Writer, r results, listed equivalents, whole bool) bool {
	killed, equivalent, slow := 0, 0, 0
	var open []outcome
	used := map[string]bool{}
	var noticed []string
	for _, o := range r.outcomes {
		_, is := listed[o.name]
		used[o.name] = is
		switch {
		case o.killed:
			killed++
			if o.slow {
				slow++
			}
			if is {
				noticed = append(noticed, o.name)
			}
		case is:
			equivalent++
		default:
			open = append(open, o)
		}
	}
	for _, o := range open {
		_, _ = fmt.Fprintf(to, "%s %s/%s:%d\n    %s\n", o.verdict(), r.path, o.file, o.line, o.name)
	}
	stale := unneeded(r.path, listed, used, whole)
	say(to, "listed as equivalent, but a test notices it; remove it from hack/mutation/equivalent.txt", noticed)
	say(to, "listed as equivalent, but there is no such mutant; remove it from hack/mutation/equivalent.txt", stale)
	score := 100.0
	if tried := len(r.outcomes) - equivalent; tried > 0 {
		score = 100 * float64(killed) / float64(tried)
	}
	_, _ = fmt.Fprintf(to, "%-30s %5.1f %%: %d mutants, %d noticed (%d of them by time), %d equivalent, %d survived; %v\n",
		r.path, score, len(r.outcomes), killed, slow, equivalent, len(open), r.took.Round(time.Second))
	return len(open) == 0 && len(noticed) == 0 && len(stale) == 0
}

// unneeded are lines about this package that no mutant has the name of.
func unneeded(path string, listed equivalents, used map[string]bool, whole bool) []string {
	var list []string
	for name := range inOrder(listed) {
		if whole && strings.HasPrefix(name, path+" ") && !used[name] {
			list = append(list, name)
		}
	}
	return list
}

func say(to io.Writer, what string, names []string) {
	for _, name := range names {
		_, _ = fmt.Fprintf(to, "%s: %s\n", what, name)
	}
}
