package plugin

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// commands are all that do something.
func commands(t *testing.T) []*cobra.Command {
	t.Helper()
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	root := NewCommand(streams)
	var all []*cobra.Command
	for queue := []*cobra.Command{root}; len(queue) > 0; queue = queue[1:] {
		queue = append(queue, queue[0].Commands()...)
		if queue[0].Runnable() {
			all = append(all, queue[0])
		}
	}
	return all
}

func TestEveryCommandHasExamplesThatItAccepts(t *testing.T) {
	for _, command := range commands(t) {
		examples := 0
		for line := range strings.Lines(command.Example) {
			line, found := strings.CutPrefix(strings.TrimSpace(line), "kubectl crossvpc ")
			if !found {
				continue
			}
			examples++
			line, _, _ = strings.Cut(line, " | ") // what the shell does with it
			line, _, _ = strings.Cut(line, " > ")
			expectAccepted(t, fields(line))
		}
		if examples == 0 {
			t.Errorf("%s has no example", command.CommandPath())
		}
	}
}

func TestAWrongCommandLineSaysTheRightOne(t *testing.T) {
	for said, args := range map[string][]string{
		"Usage: kubectl crossvpc rollout pause CLUSTER [flags]. See: kubectl crossvpc rollout pause --help": {"rollout", "pause"},
		"Usage: kubectl crossvpc graph [flags]. See: kubectl crossvpc graph --help":                         {"graph", "-A"},
		`unknown command "puase" for "kubectl crossvpc rollout". Usage:`:                                    {"rollout", "puase", "us"},
		"Usage: kubectl crossvpc diagnose SOURCE DESTINATION [flags].":                                      {"diagnose", "local"},
	} {
		code, _, errOut := run(t, args...)
		if code != ExitUnknown || !strings.Contains(errOut, said) {
			t.Errorf("%v: exit code %d, %q does not say %q", args, code, errOut, said)
		}
	}
}

// fields splits as a shell does where quotes hold one argument together.
func fields(line string) []string {
	quoted := false
	return strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

func expectAccepted(t *testing.T, args []string) {
	t.Helper()
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	command, rest, err := NewCommand(streams).Find(args)
	if err != nil {
		t.Errorf("%v: %v", args, err)
		return
	}
	if err := command.ParseFlags(rest); err != nil {
		t.Errorf("%v: %v", args, err)
		return
	}
	if err := command.ValidateArgs(command.Flags().Args()); err != nil || !command.Runnable() {
		t.Errorf("%v: %v", args, err)
	}
}
