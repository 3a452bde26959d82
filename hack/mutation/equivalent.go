package main

import (
	"fmt"
	"os"
	"strings"
)

// equivalents are the mutants that change nothing anybody can see, by name, with the reason.
type equivalents map[string]string

// readEquivalents reads names, a line each, and below them the reason they share, which is indented. Lines with # are headings.
func readEquivalents(path string) (equivalents, error) {
	text, err := os.ReadFile(path) //nolint:gosec // of the repository
	if err != nil {
		return nil, err
	}
	list := equivalents{}
	var names []string
	explained := false
	for n, line := range strings.Split(string(text), "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " "):
			explained = true
			for _, name := range names {
				list[name] = strings.TrimSpace(list[name] + " " + trimmed)
			}
		default:
			if explained {
				names, explained = nil, false
			}
			if _, twice := list[trimmed]; twice {
				return nil, fmt.Errorf("%s:%d: listed twice: %s", path, n+1, trimmed)
			}
			names = append(names, trimmed)
			list[trimmed] = ""
		}
	}
	for name, reason := range inOrder(list) {
		if reason == "" {
			return nil, fmt.Errorf("%s: no reason for %s", path, name)
		}
	}
	return list, nil
}
