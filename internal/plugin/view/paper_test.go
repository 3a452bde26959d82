package view

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWhatIsNoTerminalHasNeitherColoursNorAWidth(t *testing.T) {
	t.Parallel()
	now := time.Unix(1, 0)
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	for name, paper := range map[string]Paper{"a buffer": PaperFor(&bytes.Buffer{}, now), "a file": PaperFor(file, now)} {
		if paper != (Paper{Now: now}) {
			t.Errorf("%s: %+v", name, paper)
		}
	}
}
