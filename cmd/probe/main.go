// Command probe runs in crossvpc's probe pods: it serves, dials and reads routing
// rules, without privileges, and reports by termination message.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/crossvpc/crossvpc/internal/probe"
)

// Exit codes: a finding is not an error of the probe's.
const (
	exitPassed  = 0
	exitFinding = 1
	exitError   = 2
)

const usage = `probe proves that pods talk, and shows why they don't.

  probe serve   answers with the address that it sees a client have; ends by itself
  probe dial    dials peers and proves source address and path MTU
  probe rules   judges the routing rules of this network namespace; on a node this
                needs hostNetwork, and no capability

Each writes one line of JSON, to its output and to --termination-log. It exits with
0 when all is well, 1 when it found something, 2 when it could not do its work.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	modes := map[string]func(context.Context, *options) (probe.Report, error){"serve": serve, "dial": dial, "rules": rules}
	if len(args) == 0 || modes[args[0]] == nil {
		_, _ = fmt.Fprint(stderr, usage)
		return exitError
	}
	options := defaultOptions()
	flags := flag.NewFlagSet("probe "+args[0], flag.ContinueOnError)
	flags.SetOutput(stderr)
	options.bind(flags, args[0])
	if err := flags.Parse(args[1:]); errors.Is(err, flag.ErrHelp) {
		return exitPassed
	} else if err != nil {
		return exitError
	}
	ctx, cancel := context.WithTimeout(ctx, options.deadline)
	defer cancel()
	report, err := modes[args[0]](ctx, options)
	report.Version = probe.Version
	if err != nil {
		report.Error = err.Error()
	}
	return finish(report, options, stdout, stderr)
}

func finish(report probe.Report, options *options, stdout, stderr io.Writer) int {
	line, err := report.Line()
	if err == nil {
		_, _ = fmt.Fprintf(stdout, "%s\n", line)
		if options.terminationLog != "" {
			err = report.Write(options.terminationLog)
		}
	}
	switch {
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "probe:", err)
		return exitError
	case report.Error != "":
		return exitError
	case report.Failed():
		return exitFinding
	default:
		return exitPassed
	}
}
