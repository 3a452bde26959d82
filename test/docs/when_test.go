package docs

import (
	"path"
	"strings"
	"testing"
)

// TestEachPageSaysAtItsTopWhenItIsNeeded: those of docs/, which the index knows, and the README of each other folder.
func TestEachPageSaysAtItsTopWhenItIsNeeded(t *testing.T) {
	index := Read(t, "docs/README.md")
	pages := 0
	for _, p := range Pages(t) {
		folder, name := path.Split(p.Path)
		inIndex := folder == "docs/" && name != "README.md"
		if !inIndex && (name != "README.md" || folder == "" || folder == "docs/") {
			continue
		}
		pages++
		top := strings.Join(strings.SplitAfterN(p.Prose, "\n", 4)[:3], "")
		if !strings.Contains(top, "\nWhen do I need this: ") {
			t.Errorf("%s does not say in its third line when it is needed", p.Path)
		}
		if inIndex && !strings.Contains(index, "("+name+")") {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
	if pages == 0 {
		t.Error("there is no page")
	}
	if top := Read(t, "README.md")[:1500]; !strings.Contains(top, "When do I need this?") {
		t.Error("README.md does not say at its top when crossvpc is needed")
	}
}
