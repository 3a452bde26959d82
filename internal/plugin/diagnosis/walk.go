package diagnosis

import "github.com/crossvpc/crossvpc/internal/plugin/view"

// Outcome is how a hop was found.
type Outcome string

const (
	// Holds is as it should be.
	Holds Outcome = "Holds"
	// Fails stops packets.
	Fails Outcome = "Fails"
	// NotJudged is behind a hop that fails.
	NotJudged Outcome = "NotJudged"
	// Unclear could not be told.
	Unclear Outcome = "Unclear"
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

// Tree shows the steps.
func Tree(name string, steps []Step) view.Item {
	states := map[Outcome]view.State{Holds: view.Good, Fails: view.Bad, NotJudged: view.AtRest, Unclear: view.Unknown}
	root := view.Item{Name: name, State: view.Good}
	for _, step := range steps {
		item := view.Item{Name: step.Code + " " + step.Hop, State: states[step.Outcome], Message: step.Said}
		if step.Outcome == NotJudged {
			item.Message = "Not judged."
		}
		root.Items = append(root.Items, item)
	}
	root.State = view.Worst(root.Items)
	if first, failed := First(steps); failed {
		root.State, root.Message = view.Bad, "The first hop that does not hold is "+first.Code+": "+first.Said
	}
	return root
}
