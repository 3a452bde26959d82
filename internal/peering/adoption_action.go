package peering

import (
	"fmt"
	"strings"
)

// AdoptConnection writes our tags on one side's view of a connection that
// somebody else made.
type AdoptConnection struct {
	On   Role
	ID   string
	Tags map[string]string
}

// AdoptRules writes our tags on rules that somebody else made.
type AdoptRules struct {
	On      Role
	RuleIDs []string
	Tags    map[string]string
}

// Disown removes our tags from what was adopted.
type Disown struct {
	On Role
	// IDs of connections and rules.
	IDs  []string
	Keys []string
}

// Role implements Action.
func (a AdoptConnection) Role() Role { return a.On }

// Role implements Action.
func (a AdoptRules) Role() Role { return a.On }

// Role implements Action.
func (a Disown) Role() Role { return a.On }

func (a AdoptConnection) String() string {
	return fmt.Sprintf("adopt %s by tagging the %s's view of it", a.ID, a.On)
}

func (a AdoptRules) String() string {
	return fmt.Sprintf("adopt %s (%s) by tagging", strings.Join(a.RuleIDs, ", "), a.On)
}

func (a Disown) String() string {
	return fmt.Sprintf("remove the tags %s from %s (%s)", strings.Join(a.Keys, ", "), strings.Join(a.IDs, ", "), a.On)
}
