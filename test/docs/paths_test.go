package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// repositoryPath is a path in code that begins with a folder of the repository: internal/aws, test/awssim/doc.go.
var repositoryPath = regexp.MustCompile(`^(?:\./)?((?:\.github|api|charts|cmd|config|docs|hack|internal|test|tools)(?:/[\w.-]+)+)/?$`)

func TestPathsInPagesExist(t *testing.T) {
	for _, p := range Pages(t) {
		for _, span := range p.Spans() {
			for word := range strings.FieldsSeq(span) {
				found := repositoryPath.FindStringSubmatch(strings.TrimSuffix(word, "/..."))
				if found == nil {
					continue
				}
				if _, err := os.Stat(filepath.Join(Root(t), found[1])); err != nil {
					t.Errorf("%s speaks of %s, which does not exist", p.Path, found[1])
				}
			}
		}
	}
}
