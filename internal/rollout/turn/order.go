package turn

import (
	"fmt"
	"slices"
	"strings"
)

// Invalid says why a cluster's spec.rollout.after can never be followed; empty: it can.
func Invalid(cluster string, all []Cluster) string {
	return Question{Cluster: cluster, All: all}.invalid()
}

func (q Question) invalid() string {
	for _, name := range q.named(q.Cluster).After {
		if q.named(name).Name == "" {
			return fmt.Sprintf("spec.rollout.after names PeeredCluster %s, which does not exist, so no node is started. Create it, or remove it from spec.rollout.after.", name)
		}
	}
	if cycle := q.cycle(); cycle != nil {
		return fmt.Sprintf("spec.rollout.after goes round in a cycle, so no node of these clusters is started: %s. Remove one of them from spec.rollout.after of the one before it.",
			strings.Join(cycle, " after "))
	}
	return ""
}

// cycle is the way from a cluster back to itself, with it at both ends; nil: there is none.
func (q Question) cycle() []string {
	seen := map[string]bool{}
	var walk func(path []string) []string
	walk = func(path []string) []string {
		last := path[len(path)-1]
		for _, next := range q.named(last).After {
			if next == q.Cluster {
				return append(slices.Clone(path), next)
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if found := walk(append(path, next)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk([]string{q.Cluster})
}
