package peering

// Progress says how a step goes on.
type Progress string

const (
	// Done says that what the step is for was seen in place.
	Done Progress = "Done"
	// Act says that there are actions to apply.
	Act Progress = "Act"
	// Wait says that AWS is at work: look again soon.
	Wait Progress = "Wait"
	// Stalled says that a person has to act; it is looked at again at every sweep.
	Stalled Progress = "Stalled"
	// Unclear says that it can't be told.
	Unclear Progress = "Unclear"
)

// Verdict is where a step stands: a reason for machines, a sentence for people.
type Verdict struct {
	Progress Progress
	Reason   string
	Message  string
}
