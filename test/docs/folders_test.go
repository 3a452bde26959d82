package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryFolderIsInThePictureOfTheArchitecture: who looks for a package finds what it is for.
func TestEveryFolderIsInThePictureOfTheArchitecture(t *testing.T) {
	page := Read(t, "docs/architecture.md")
	for _, above := range []string{"internal", "test"} {
		entries, err := os.ReadDir(filepath.Join(Root(t), above))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			folder := above + "/" + entry.Name()
			if entry.IsDir() && !strings.Contains(page, "`"+folder+"`") {
				t.Errorf("docs/architecture.md does not say what %s is for", folder)
			}
		}
	}
}
