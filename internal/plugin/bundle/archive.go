package bundle

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// NotRead is the file that says what could not be read: what is silently missing would be taken for absent.
const NotRead = "not-read.txt"

// Archive is a bundle in the making. Everything that goes in is scrubbed.
type Archive struct {
	// Folder is the one that all files are in once it is unpacked.
	Folder string
	// Made is when; it is the time of all files, too.
	Made    time.Time
	files   map[string][]byte
	notRead []string
}

// Text adds a file.
func (a *Archive) Text(name string, content []byte) {
	if a.files == nil {
		a.files = map[string][]byte{}
	}
	a.files[name] = Scrub(content)
}

// YAML adds an object, or says why it can't.
func (a *Archive) YAML(name string, object any) {
	content, err := yaml.Marshal(object)
	if err != nil {
		a.Missing(name, err)
		return
	}
	a.Text(name, content)
}

// Missing notes what could not be read.
func (a *Archive) Missing(what string, why error) {
	a.notRead = append(a.notRead, what+": "+why.Error())
}

// Names are the files that it has so far, in order.
func (a *Archive) Names() []string { return slices.Sorted(maps.Keys(a.files)) }

// Write writes it as a compressed tar archive.
func (a *Archive) Write(to io.Writer) error {
	if len(a.notRead) > 0 {
		a.Text(NotRead, []byte(strings.Join(a.notRead, "\n")+"\n"))
	}
	zipped := gzip.NewWriter(to)
	tarred := tar.NewWriter(zipped)
	for _, name := range a.Names() {
		content := a.files[name]
		header := &tar.Header{Name: a.Folder + "/" + name, Mode: 0o600, Size: int64(len(content)), ModTime: a.Made, Format: tar.FormatPAX}
		if err := tarred.WriteHeader(header); err != nil {
			return fmt.Errorf("write %s into the bundle: %w", name, err)
		}
		if _, err := tarred.Write(content); err != nil {
			return fmt.Errorf("write %s into the bundle: %w", name, err)
		}
	}
	if err := tarred.Close(); err != nil {
		return fmt.Errorf("end the bundle: %w", err)
	}
	return zipped.Close()
}
