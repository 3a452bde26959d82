package message

import (
	"fmt"
	"strings"
)

// MostNamed is how many names a message has unless there is a reason for another
// number: enough to see what they have in common, few enough to read.
const MostNamed = 5

// List is "a, b and 3 more": the first most names.
func List(names []string, most int) string {
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Clauses is "a is wrong; b is wrong; and 3 more": the first most statements, which
// may have commas in them.
func Clauses(statements []string, most int) string {
	return strings.Join(Bounded(statements, most), "; ")
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
