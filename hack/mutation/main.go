// Command mutation changes the pure packages in small ways, one at a time, and asks whether their tests notice: a
// comparison at its boundary, a condition turned round, a statement left out. A change that no test notices survives. It is
// a hole in the tests, unless the changed program does the same: then equivalent.txt lists it with the reason.
//
// All mutants of a package are compiled into one test binary, each behind a number that the environment selects. So a
// mutant costs a run of the tests that reach it, and neither a build nor a link. The sources stay as they are: the go
// command gets the changed ones with -overlay.
//
//	go run ./hack/mutation                          all packages
//	go run ./hack/mutation -run=Plan ./internal/cidr ./internal/peering
//	go run ./hack/mutation -sample=60 -seed=4f2a    60 of them, the same ones for the same seed
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.IntVar(&o.sample, "sample", 0, "how many mutants to try, of a few packages; 0 tries all of all packages")
	flag.StringVar(&o.seed, "seed", "1", "chooses the sample")
	flag.StringVar(&o.only, "run", "", "only mutants whose function matches this pattern")
	flag.StringVar(&o.skip, "skip", "", "leave out tests whose name matches this pattern: quick, and what survives may not survive all tests")
	flag.BoolVar(&o.verbose, "v", false, "say what became of each mutant")
	flag.Parse()
	o.packages = flag.Args()
	ok, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
	}
	if err != nil || !ok {
		stop()
		os.Exit(1)
	}
}

type options struct {
	packages []string
	sample   int
	seed     string
	only     string
	skip     string
	verbose  bool
}

// filter is what of a package is tried, and by which tests.
type filter struct {
	functions, without *regexp.Regexp
	verbose            bool
}

func (o options) filter() (filter, error) {
	functions, err := regexp.Compile(o.only)
	if err != nil {
		return filter{}, err
	}
	if o.skip == "" {
		return filter{functions: functions, verbose: o.verbose}, nil
	}
	without, err := regexp.Compile(o.skip)
	return filter{functions, without, o.verbose}, err
}

// run tries the mutants of each package and prints what it found; it says whether all is well.
func run(ctx context.Context, o options) (bool, error) {
	filter, err := o.filter()
	if err != nil {
		return false, err
	}
	listed, err := readEquivalents("hack/mutation/equivalent.txt")
	if err != nil {
		return false, err
	}
	plan := chosen(o)
	folder, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	well := true
	for _, p := range plan {
		r, err := tryPackage(ctx, folder, p, filter)
		if err != nil {
			return false, fmt.Errorf("%s: %w", p.path, err)
		}
		whole := p.sample == 0 && o.only == "" && o.skip == ""
		well = report(os.Stdout, r, listed, whole) && well
	}
	return well, nil
}
