package firstrun

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/crossvpc/crossvpc/internal/plugin"
)

// command is one thing that is done, as a person would type it.
type command struct {
	shown string
	// input is what the person would paste.
	input string
	do    func(context.Context) error
}

// String is the command with its input, ready to paste.
func (c command) String() string {
	if c.input == "" {
		return c.shown
	}
	return c.shown + " <<'END'\n" + strings.TrimRight(c.input, "\n") + "\nEND"
}

// politely is how long a program may take to end after an interrupt.
const politely = 5 * time.Second

// program runs a program that people have, and shows what it says.
func (r *run) program(input, name string, args ...string) command {
	return command{shown: shell(append([]string{name}, args...)), input: input, do: func(ctx context.Context) error {
		return r.execute(ctx, input, r.indented(), name, args...)
	}}
}

func (r *run) execute(ctx context.Context, input string, out io.Writer, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = politely
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), io.MultiWriter(out, &said), io.MultiWriter(out, &said)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return nil
}

// kubectl runs kubectl on a side's cluster.
func (r *run) kubectl(s *side, args ...string) command { return r.kubectlWith(s, "", args...) }

func (r *run) kubectlWith(s *side, input string, args ...string) command {
	return r.program(input, "kubectl", append([]string{"--context", s.Context}, args...)...)
}

// crossvpc runs a command of the plugin, which need not be installed for it.
func (r *run) crossvpc(args ...string) command {
	all := append(args, "--context", r.hub.Context)
	return command{shown: shell(append([]string{"kubectl", "crossvpc"}, all...)), do: func(ctx context.Context) error {
		streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: r.indented(), ErrOut: r.indented()}
		code := plugin.Run(ctx, streams, all)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case code != plugin.ExitGood:
			return fmt.Errorf("kubectl crossvpc %s: exit code %d; what it said is above", args[0], code)
		}
		return nil
	}}
}

// shell quotes what a shell would take apart.
func shell(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if strings.ContainsAny(arg, " \t\n'\"{}[]*$&|;<>()") {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// indent writes whole lines to the screen, below the command that said them.
type indent struct {
	screen *screen
	rest   []byte
}

func (r *run) indented() io.Writer { return &indent{screen: r.screen} }

// Write implements [io.Writer].
func (i *indent) Write(text []byte) (int, error) {
	i.rest = append(i.rest, text...)
	for {
		line, rest, found := bytes.Cut(i.rest, []byte("\n"))
		if !found {
			return len(text), nil
		}
		i.screen.say("    %s", line)
		i.rest = rest
	}
}
