package conditions

import "github.com/crossvpc/crossvpc/internal/verdict"

// Names that peeredcluster uses until its new rooms are on main; the next commits
// take them away.
type (
	// Progress is [verdict.Progress].
	Progress = verdict.Progress
	// Verdict is [verdict.Verdict].
	Verdict = verdict.Verdict
)

// Each is the constant of the same name in package verdict.
const (
	Done        = verdict.Done
	NotRequired = verdict.NotRequired
	Act         = verdict.Act
	Wait        = verdict.Wait
	Held        = verdict.Held
	Stalled     = verdict.Stalled
	Unclear     = verdict.Unclear
)
