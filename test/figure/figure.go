// Package figure has what tests measure compared with a target, and written down for the table and the picture in docs.
package figure

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FolderVariable names the folder that figures are written to. make bench sets it, and with it targets
// are held exactly; without it a machine that others use as well has room.
const FolderVariable = "CROSSVPC_FIGURES"

// Figure is one thing that was measured. Less is better.
type Figure struct {
	// Name says what, as a row of a table does: "CPU of the manager for each peering, 300 peerings".
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Value was measured, and is to be Target at most.
	Value  float64 `json:"value"`
	Target float64 `json:"target"`
	// Load of the machine at that moment: /proc/loadavg's first number.
	Load string `json:"load,omitempty"`

	// Room is what Target is multiplied with in the gate; 0: nothing, it does not depend on the machine.
	Room float64 `json:"-"`
}

// Tight reports whether targets are held exactly.
func Tight() bool { return os.Getenv(FolderVariable) != "" }

// Most is what the figure may be here.
func (f Figure) Most() float64 {
	if Tight() || f.Room == 0 {
		return f.Target
	}
	return f.Target * f.Room
}

// Assert compares the figure with what it may be, and writes it down for make bench.
func (f Figure) Assert(t testing.TB) {
	t.Helper()
	f.Load = load()
	t.Logf("figures: %s: %.4g %s, target %.4g, here %.4g at most; load %s", f.Name, f.Value, f.Unit, f.Target, f.Most(), f.Load)
	if f.Value > f.Most() {
		t.Errorf("%s: %.4g %s, more than %.4g", f.Name, f.Value, f.Unit, f.Most())
	}
	if err := f.write(os.Getenv(FolderVariable)); err != nil {
		t.Error(err)
	}
}

func (f Figure) write(folder string) error {
	if folder == "" {
		return nil
	}
	content, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return os.WriteFile(filepath.Join(folder, f.file()), content, 0o600)
}

// file is one of its own for each name, so that tests write side by side.
func (f Figure) file() string {
	plain := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}
	return strings.Map(plain, strings.ToLower(f.Name)) + ".json"
}

func load() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "" // not on Linux
	}
	first, _, _ := strings.Cut(string(content), " ")
	return first
}
