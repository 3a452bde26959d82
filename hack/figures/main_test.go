package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/test/figure"
)

func TestFiguresBecomeATableAndAPicture(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	t.Setenv(figure.FolderVariable, from)
	figure.Figure{Name: "b <within>", Unit: "ms", Value: 30, Target: 40}.Assert(t)
	figure.Figure{Name: "a", Unit: "MiB", Value: 64, Target: 64}.Assert(t)
	if err := run(from, to); err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(filepath.Join(to, "figures.json"))
	if err != nil {
		t.Fatal(err)
	}
	if first, second := strings.Index(string(table), `"a"`), strings.Index(string(table), `"b `); first < 0 || second < first {
		t.Errorf("the table is not sorted by name:\n%s", table)
	}
	picture, err := os.ReadFile(filepath.Join(to, "figures.svg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"b &lt;within&gt;", "30 of 40 ms", "64 of 64 MiB"} {
		if !strings.Contains(string(picture), part) {
			t.Errorf("the picture lacks %q", part)
		}
	}
	decoder := xml.NewDecoder(strings.NewReader(string(picture)))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWithoutFiguresNothingIsWritten(t *testing.T) {
	to := t.TempDir()
	if err := run(t.TempDir(), to); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(filepath.Join(to, "figures.json")); err == nil {
		t.Error("a table was written")
	}
}
