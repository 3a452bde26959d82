// Command figures makes the table and the picture of make bench, docs/figures.json and docs/figures.svg, of what its tests wrote down.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/crossvpc/crossvpc/test/figure"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: figures <folder with figures> <folder for the table and the picture>")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	figures, err := read(from)
	if err != nil {
		return err
	}
	if len(figures) == 0 {
		return fmt.Errorf("no test wrote a figure to %s", from)
	}
	table, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	var picture bytes.Buffer
	if err := draw(&picture, figures); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "figures.json"), append(table, '\n'), 0o644); err != nil { //nolint:gosec // a page of the documentation
		return err
	}
	return os.WriteFile(filepath.Join(to, "figures.svg"), picture.Bytes(), 0o644) //nolint:gosec // a page of the documentation
}

// read gives the figures by name.
func read(folder string) ([]figure.Figure, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	figures := make([]figure.Figure, len(files))
	for i, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(content, &figures[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	slices.SortFunc(figures, func(a, b figure.Figure) int { return cmp.Compare(a.Name, b.Name) })
	return figures, nil
}
