package diagnosis

import (
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// Outcome is how a hop was found.
type Outcome string

const (
	// Holds is as it should be.
	Holds Outcome = "Holds"
	// Fails stops packets.
	Fails Outcome = "Fails"
	// NotJudged is behind a hop that fails.
	NotJudged Outcome = "NotJudged"
	// Unclear is not known.
	Unclear Outcome = "Unclear"
	// Remark stops no packet, and a person asked for it or should know of it.
	Remark Outcome = "Remark"
)

// Step is a check and what it found.
type Step struct {
	Code string `json:"code"`
	// Hop is where on the way it is.
	Hop     string  `json:"hop"`
	Outcome Outcome `json:"outcome"`
	// Said is the evidence, and what to do where it fails.
	Said string `json:"said,omitempty"`
}

// Walk makes all checks in order. Behind the first that fails nothing is judged: what is seen there may be its consequence.
func Walk(evidence Evidence) []Step {
	var steps []Step
	stopped := false
	for _, check := range Checks() {
		step := Step{Code: check.Code, Hop: check.Hop, Outcome: NotJudged}
		if !stopped {
			found := check.Look(evidence)
			step.Outcome, step.Said = found.outcome, found.said
			stopped = found.outcome == Fails
		}
		steps = append(steps, step)
	}
	return steps
}

// First is the step that fails; false: none does.
func First(steps []Step) (Step, bool) {
	for _, step := range steps {
		if step.Outcome == Fails {
			return step, true
		}
	}
	return Step{}, false
}

// behind is one line for all that is not judged: two lines for each hide the one that fails.
func behind(steps []Step) view.Item {
	return view.Item{Name: steps[0].Code + " to " + steps[len(steps)-1].Code, State: view.AtRest, Message: "Not judged: " + message.Count(len(steps), "check") + " behind the first that fails."}
}

// Tree shows the steps.
func Tree(name string, steps []Step) view.Item {
	states := map[Outcome]view.State{Holds: view.Good, Fails: view.Bad, Unclear: view.Unknown, Remark: view.AtRest}
	root := view.Item{Name: name, State: view.Good}
	for i, step := range steps {
		if step.Outcome == NotJudged {
			root.Items = append(root.Items, behind(steps[i:]))
			break
		}
		root.Items = append(root.Items, view.Item{Name: step.Code + " " + step.Hop, State: states[step.Outcome], Message: step.Said})
	}
	root.State = view.Worst(root.Items)
	if first, failed := First(steps); failed {
		root.State, root.Message = view.Bad, "The first hop that does not hold is "+first.Code+": "+first.Said
	}
	return root
}
