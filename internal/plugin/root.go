package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossvpc/crossvpc/internal/version"
)

// Exit codes, for scripts.
const (
	// ExitGood says that everything asked about is good, or that what was asked for is done.
	ExitGood = 0
	// ExitNotGood says that something asked about is not good, or not yet.
	ExitNotGood = 1
	// ExitUnknown says that it is not known: no access, no CRDs, wrong flags.
	ExitUnknown = 2
)

var (
	// errNotGood ends a command whose output has said already what is not good.
	errNotGood = errors.New("not good")
	// errUnclear ends a command whose output has said already what it could not tell.
	errUnclear = errors.New("not clear")
)

// Run runs the command line and returns the exit code.
func Run(ctx context.Context, streams genericiooptions.IOStreams, args []string) int {
	log.SetLogger(logr.Discard())  // what libraries log is not for who asked; without a logger they say so after 30 seconds
	command := NewCommand(streams) //nolint:contextcheck // cobra hands on the context of ExecuteContext
	command.SetArgs(args)
	err := command.ExecuteContext(ctx)
	switch {
	case err == nil:
		return ExitGood
	case errors.Is(err, errNotGood):
		return ExitNotGood
	case errors.Is(err, errUnclear):
		return ExitUnknown
	}
	_, _ = fmt.Fprintln(streams.ErrOut, "error:", explain(err))
	return ExitUnknown
}

// requestTimeout is how long one request to an API server may take, unless --request-timeout says otherwise.
const requestTimeout = "20s"

// NewCommand is the plugin's command.
func NewCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := genericclioptions.NewConfigFlags(true)
	*flags.Timeout = requestTimeout
	s := &session{streams: streams, flags: flags, now: time.Now}
	command := &cobra.Command{
		Use:   "kubectl-crossvpc",
		Short: "See and steer VPC peerings between clusters",
		Long: `See and steer VPC peerings between clusters.

All commands talk to the cluster that crossvpc runs in. They exit with 0 when all is good, with 1 when something is not, and with
2 when it is not known.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl crossvpc"},
		SilenceErrors: true, SilenceUsage: true,
		Version: version.String(),
	}
	command.SetIn(streams.In)
	command.SetOut(streams.Out)
	command.SetErr(streams.ErrOut)
	flags.AddFlags(command.PersistentFlags())
	command.PersistentFlags().StringVarP(&s.output, "output", "o", "", "Output format: json or yaml. Default: text for people.")
	command.PersistentFlags().StringVar(&s.system, "system-namespace", "crossvpc-system", "Namespace that crossvpc runs in.")
	command.AddCommand(s.statusCommand(), s.checkCommand(), s.planCommand(), s.rolloutCommand(), s.verifyCommand(), s.diagnoseCommand(), s.graphCommand())
	command.SetFlagErrorFunc(withUsage)
	sayUsage(command)
	return command
}

// withUsage says how a command is used to somebody who used it otherwise.
func withUsage(command *cobra.Command, err error) error {
	return fmt.Errorf("%w. Usage: %s. See: %s --help", err, command.UseLine(), command.CommandPath())
}

// sayUsage does the same for arguments, which have no such hook, of a command and those below it.
func sayUsage(command *cobra.Command) {
	for _, below := range command.Commands() {
		sayUsage(below)
	}
	if accepts := command.Args; accepts != nil {
		command.Args = func(command *cobra.Command, args []string) error {
			if err := accepts(command, args); err != nil {
				return withUsage(command, err)
			}
			return nil
		}
	}
}
