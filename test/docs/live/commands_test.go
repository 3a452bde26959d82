package live

import (
	"regexp"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/test/docs"
)

var (
	// ofOurs is a command about crossvpc's objects that stands alone: no pipe, no second command.
	ofOurs = regexp.MustCompile(`^kubectl (?:-n \S+ )?(get|patch|annotate|delete) [^|;&<>]*(?:vpcpeering|peeredcluster|awsidentit)[^|;&<>]*$`)
	// needsMore is one with a variable or a placeholder of its page, or without an end.
	needsMore = regexp.MustCompile(`\$[A-Za-z_]|\bNAME\b| -w\b|…`)
)

// fewestCommands keeps the pattern from finding nothing one day.
const fewestCommands = 15

// TestCommandsAboutOurObjectsAreTaken tries each such command of all pages; those that change something only by a dry run.
func TestCommandsAboutOurObjectsAreTaken(t *testing.T) {
	s := newStage(t)
	s.sh("kubectl get awsidentity us -o yaml | sed -E 's/^  name: us/  name: network-eu/; /resourceVersion|uid/d' | kubectl apply -f -") // of docs/gitops.md
	tried := 0
	for _, p := range docs.Pages(t) {
		for _, code := range p.Code() {
			for line := range strings.Lines(code) {
				line = strings.TrimSpace(line)
				found := ofOurs.FindStringSubmatch(line)
				if found == nil || needsMore.MatchString(line) {
					continue
				}
				tried++
				t.Run(p.Path, func(t *testing.T) {
					s := s.in(t)
					if found[1] != "get" {
						line += " --dry-run=server"
					}
					if out := s.sh(line); strings.Contains(out, "unknown field") {
						t.Errorf("%s\n%s", line, out)
					}
				})
			}
		}
	}
	if tried < fewestCommands {
		t.Errorf("%d commands were found, want %d at least", tried, fewestCommands)
	}
}
