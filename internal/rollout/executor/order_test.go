package executor

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// stepsOf reads "Kind node" and "Kind instance" lines.
func stepsOf(lines ...string) []rollout.Step {
	var steps []rollout.Step
	for _, line := range lines {
		kind, what, _ := strings.Cut(line, " ")
		step := rollout.Step{Kind: rollout.StepKind(kind)}
		switch step.Kind {
		case rollout.StepRecordReplacement, rollout.StepClearReplacement:
			step.Replacement = &rollout.Replacement{InstanceID: what}
		case rollout.StepUpdateHoldBack, rollout.StepReleaseForAll, rollout.StepWriteCanaryConfig, rollout.StepRevertCanary:
			step.Selection = &rollout.RevisionSelection{}
		default:
			step.Node = what
		}
		steps = append(steps, step)
	}
	return steps
}

// drawn writes one line for each stretch, its lanes apart by bars.
func drawn(list []stretch) string {
	names := func(steps []rollout.Step) string {
		var parts []string
		for _, step := range steps {
			text := string(step.Kind)
			if step.Replacement != nil {
				text += " " + step.Replacement.InstanceID
			}
			if step.Node != "" {
				text += " " + step.Node
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ", ")
	}
	var lines []string
	for _, s := range list {
		if s.ofCluster != nil {
			lines = append(lines, string(s.ofCluster.Kind))
			continue
		}
		var lanes []string
		for _, lane := range s.lanes {
			lanes = append(lanes, names(lane))
		}
		lines = append(lines, fmt.Sprintf("first [%s] then [%s] last [%s]", names(s.recorded), strings.Join(lanes, " | "), names(s.cleared)))
	}
	return strings.Join(lines, "\n")
}

func TestStepsGoSideBySideWhereOrderDoesNotMatter(t *testing.T) {
	for name, test := range map[string]struct{ steps, want []string }{
		"those on one node in order": {
			[]string{"MarkRestart a", "MarkRestart b", "RestartAgent a", "RestartAgent b"},
			[]string{"first [] then [MarkRestart a, RestartAgent a | MarkRestart b, RestartAgent b] last []"},
		},
		"every replacement is recorded before any instance is terminated": {
			[]string{"RecordReplacement i-1", "TerminateInstance a", "RecordReplacement i-2", "TerminateInstance b"},
			[]string{"first [RecordReplacement i-1, RecordReplacement i-2] then [TerminateInstance a | TerminateInstance b] last []"},
		},
		"every successor is marked before a replacement is forgotten": {
			[]string{"MarkSuccessor a", "ClearReplacement i-1", "MarkSuccessor b", "ClearReplacement i-2", "EvictPods c"},
			[]string{"first [] then [MarkSuccessor a | MarkSuccessor b | EvictPods c] last [ClearReplacement i-1, ClearReplacement i-2]"},
		},
		"what a value reaches changes after what came before and before what comes after (C6)": {
			[]string{"MarkProcessed a", "UpdateHoldBack", "Uncordon b", "Cordon c"},
			[]string{"first [] then [MarkProcessed a] last []", "UpdateHoldBack", "first [] then [Uncordon b | Cordon c] last []"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := drawn(stretches(stepsOf(test.steps...))); got != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, strings.Join(test.want, "\n"))
			}
		})
	}
}
