// Command first-run leads somebody with two real EKS clusters through the first time (docs/first-run.md): read-only checks
// first, then each change asked for, and each with its undo.
package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossvpc/crossvpc/internal/firstrun"
)

func main() {
	var settings firstrun.Settings
	flags := flag.NewFlagSet("make first-run ARGS=…", flag.ExitOnError) // the flags of the process are those of every library, too
	settings.Bind(flags)
	_ = flags.Parse(os.Args[1:])  // it exits
	log.SetLogger(logr.Discard()) // all is said on the screen
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, cancel) // the next Ctrl-C does not wait
	code := firstrun.Run(ctx, settings, os.Stdin, os.Stdout)
	cancel()
	os.Exit(code)
}
