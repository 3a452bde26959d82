package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Root is the repository's folder: the one above the test's own that has the linter's settings.
func Root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, ".golangci.yml")); err == nil {
			return folder
		}
	}
	t.Fatal("no folder above the test's own has .golangci.yml")
	return ""
}

// Files are the repository's files with one of the extensions, by their path from the root.
func Files(t testing.TB, extensions ...string) []string {
	t.Helper()
	var found []string
	root := Root(t)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := entry.Name(); {
		case !entry.IsDir():
			if slices.Contains(extensions, filepath.Ext(name)) {
				found = append(found, filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator))))
			}
		case name == ".git" || name == "bin" || name == "dist" || name == "testdata":
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no file with an extension of %v", extensions)
	}
	return found
}

// Read is the text of a file of the repository.
func Read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
