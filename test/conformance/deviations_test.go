package conformance

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed moto_deviations.txt
var motoDeviationsFile string

// deviations maps a check's name to the reason its target is known to fail it.
type deviations map[string]string

// parseDeviations reads lines "sentence :: reason"; '#' starts a comment.
func parseDeviations(file string) (deviations, error) {
	known := deviations{}
	for number, line := range strings.Split(file, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, found := strings.Cut(line, " :: ")
		if !found || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("line %d: want \"sentence :: reason\", got %q", number+1, line)
		}
		if _, twice := known[name]; twice {
			return nil, fmt.Errorf("line %d: %q is listed twice", number+1, name)
		}
		known[name] = reason
	}
	return known, nil
}

// unknownNames returns listed names that no check has, so that a renamed check
// cannot leave a dead entry behind.
func (d deviations) unknownNames(checks []check) []string {
	names := map[string]bool{}
	for _, c := range checks {
		names[c.Name] = true
	}
	var unknown []string
	for name := range d {
		if !names[name] {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
