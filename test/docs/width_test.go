package docs

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// generated pages are as wide as the texts in the code are.
var generated = regexp.MustCompile(`(?m)^Generated (from|by) `)

// address of a link, which no reader sees.
var address = regexp.MustCompile(`\]\([^)]*\)`)

// mostColumns is as wide as a line of prose may be; tables, headings and code are as wide as they have to be.
const mostColumns = 120

func TestProseFitsInALine(t *testing.T) {
	for _, p := range Pages(t) {
		if !strings.HasPrefix(p.Path, "docs/") && strings.Contains(p.Path, "/") || generated.MatchString(p.Prose) {
			continue
		}
		for line := range strings.SplitSeq(p.Prose, "\n") {
			free := strings.TrimSpace(line)
			if utf8.RuneCountInString(address.ReplaceAllString(line, "]")) > mostColumns && !strings.HasPrefix(free, "|") && !strings.HasPrefix(free, "#") {
				t.Errorf("%s: wrap this line: %.70s…", p.Path, line)
			}
		}
	}
}
