package rollout

import (
	"fmt"
	"slices"
)

// ReasonOtherTemplate is the reason of a node whose successor would differ in more than the value.
const ReasonOtherTemplate = "OtherLaunchTemplate"

// The versions of a launch template that stand for a number, which changes.
const (
	LatestVersion  = "$Latest"
	DefaultVersion = "$Default"
)

// Template is what an instance is launched from: a launch template, or, without an ID, a launch configuration, which has no
// versions. The zero value: nothing that is known, as with an instance that somebody attached to the group.
type Template struct {
	ID, Name string
	// Version is a number; of what a group launches also [LatestVersion] or [DefaultVersion], until somebody looks it up.
	Version string
}

// Varies reports whether the number of the version has to be looked up.
func (t Template) Varies() bool {
	return t.ID != "" && (t.Version == "" || t.Version == LatestVersion || t.Version == DefaultVersion)
}

func (t Template) String() string {
	switch {
	case t == Template{}:
		return "none that is known"
	case t.ID == "":
		return "launch configuration " + t.Name
	default:
		return fmt.Sprintf("launch template %s version %s", t.Name, t.Version)
	}
}

// otherTemplate says that the group would not launch the like of the instance: whoever wants a new value has not asked for
// another image or another type. nil: it would, or which version it launches now is not known.
func (g Group) otherTemplate(instance Instance) *Finding {
	if len(g.Launches) == 0 || slices.ContainsFunc(g.Launches, func(t Template) bool { return t.Varies() || t.sameAs(instance.From) }) {
		return nil
	}
	return &Finding{Reason: ReasonOtherTemplate, Message: fmt.Sprintf("Auto Scaling group %s now launches instances from %s, and nodes of it run from %s, so to replace them would "+
		"bring that change, too.", instance.Group, g.Launches[0], instance.From)}
}

func (t Template) sameAs(other Template) bool {
	if t.ID == "" {
		return t == other
	}
	return t.ID == other.ID && t.Version == other.Version
}
