package message

import (
	"fmt"
	"strings"
)

// MostNamed is how many things a message names: enough to see what they have in
// common, few enough to read.
const MostNamed = 5

// List is "a, b and 3 more": the first few names.
func List(names []string) string {
	if more := len(names) - MostNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:MostNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Clauses is "a is wrong; b is wrong; and 3 more": the first few statements, which may
// have commas in them.
func Clauses(statements []string) string {
	return strings.Join(Bounded(statements, MostNamed), "; ")
}

// Bounded gives the first most lines, and "and 3 more" as the last of them where there
// are more.
func Bounded(lines []string, most int) []string {
	more := len(lines) - most
	if more <= 0 {
		return lines
	}
	return append(lines[:most:most], fmt.Sprintf("and %d more", more))
}
