package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// unpack is what an archive has, by name.
func unpack(t *testing.T, packed io.Reader) map[string]string {
	t.Helper()
	zipped, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	files, from := map[string]string{}, tar.NewReader(zipped)
	for {
		header, err := from.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(content)
	}
}

func TestABundleHasWhatWasPutInAndSaysWhatIsMissing(t *testing.T) {
	archive := Archive{Folder: "crossvpc-1", Made: time.Unix(1_800_000_000, 0)}
	archive.YAML("objects/a.yaml", map[string]string{"password": "planted", "name": "eu-us"})
	archive.YAML("objects/b.yaml", func() {})
	archive.Text("log.txt", []byte("Bearer planted-planted\n"))
	archive.Missing("events", errors.New("forbidden, Bearer planted-planted"))
	var packed bytes.Buffer
	if err := archive.Write(&packed); err != nil {
		t.Fatal(err)
	}
	files := unpack(t, &packed)
	for name, want := range map[string]string{
		"crossvpc-1/objects/a.yaml": "name: eu-us",
		"crossvpc-1/log.txt":        "Bearer " + removed,
		"crossvpc-1/" + NotRead:     "events: forbidden",
	} {
		if !strings.Contains(files[name], want) || strings.Contains(files[name], "planted") {
			t.Errorf("%s: %q, want %q and nothing that was planted", name, files[name], want)
		}
	}
	if !strings.Contains(files["crossvpc-1/"+NotRead], "objects/b.yaml: ") || len(files) != 3 {
		t.Errorf("files: %v", files)
	}
}

func TestABundleThatCantBeWrittenSaysSo(t *testing.T) {
	archive := Archive{}
	archive.Text("log.txt", bytes.Repeat([]byte("x"), 1<<20))
	if err := archive.Write(full{}); err == nil {
		t.Error("no error")
	}
}

// full is a disk with no space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }
