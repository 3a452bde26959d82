package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	inlineLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	referenceLink = regexp.MustCompile(`(?m)^\[[^\]]+\]: +(\S+)`)
	// pageCited is a page that a comment names: docs/rollouts.md, docs/facts/cilium.md#the-value-itself.
	pageCited = regexp.MustCompile(`(?:^|[^\w./-])((?:[\w.-]+/)*[\w-]+\.md)(#[\w-]+)?`)
	// factsOutside are facts that a reader does not have.
	factsOutside = regexp.MustCompile(`(^|[^/\w])facts/|[Dd]esign'?s? section|facts of (AWS|Cilium)`)
)

func TestLinksBetweenPagesLeadSomewhere(t *testing.T) {
	for _, p := range Pages(t) {
		prose := codeSpan.ReplaceAllString(p.Prose, "")
		links := append(inlineLink.FindAllStringSubmatch(prose, -1), referenceLink.FindAllStringSubmatch(prose, -1)...)
		for _, link := range links {
			if strings.Contains(link[1], "://") || strings.HasPrefix(link[1], "mailto:") {
				continue
			}
			target, anchor, _ := strings.Cut(link[1], "#")
			if target == "" {
				target = path.Base(p.Path)
			}
			expectTarget(t, p.Path+" links to "+link[1], path.Join(path.Dir(p.Path), target), anchor)
		}
	}
}

func TestPagesThatCodeCitesExist(t *testing.T) {
	for _, file := range Files(t, ".go", ".yaml", ".sh", ".lua") {
		for number, line := range strings.Split(Read(t, file), "\n") {
			if strings.HasPrefix(file, "test/docs/") {
				continue // names what must not be
			}
			if factsOutside.MatchString(line) {
				t.Errorf("%s:%d cites facts that are not in the repository: cite a section of docs/facts or the source: %s", file, number+1, strings.TrimSpace(line))
			}
			for _, cited := range pageCited.FindAllStringSubmatch(line, -1) {
				if !strings.Contains(cited[1], "/") {
					continue // README.md as such, not one
				}
				expectTarget(t, file+" cites "+cited[1]+cited[2], cited[1], strings.TrimPrefix(cited[2], "#"))
			}
		}
	}
}

// expectTarget is there, and has the anchor, if one is asked for.
func expectTarget(t *testing.T, who, target, anchor string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(Root(t), target)); err != nil {
		t.Errorf("%s, which does not exist", who)
		return
	}
	if anchor == "" || path.Ext(target) != ".md" {
		return
	}
	if p := parsePage(target, Read(t, target)); !slices.Contains(p.Anchors, anchor) {
		t.Errorf("%s: that page has no heading for #%s; it has %s", who, anchor, strings.Join(p.Anchors, " "))
	}
}
