package firstrun

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// begun is a step that was begun, and what it found before.
type begun struct {
	Step string `json:"step"`
	// Before is what an undo puts back.
	Before json.RawMessage `json:"before,omitempty"`
	// Wrote is what the run made of that: where it says something else now, others changed it since.
	Wrote json.RawMessage `json:"wrote,omitempty"`
	// Done once it took effect, until an undo begins.
	Done bool `json:"done,omitempty"`
	// Again: the undo of a later step, which may have been interrupted, took it back as well.
	Again bool `json:"again,omitempty"`
}

// record is the file that says what was begun. It is written before each step, so that nothing is there that it does not name.
type record struct {
	path string

	InstallationID string `json:"installationID"`
	// Settings are those of the run: with others an undo would take back something else.
	Settings map[string]string `json:"settings"`
	Steps    []begun           `json:"steps"`
	// Undone are the steps that were taken back: what is left of them is ours, what was there without them is not.
	Undone []string `json:"undone,omitempty"`
}

// readRecord reads the file; without one nothing was begun.
func readRecord(path string, s *Settings) (*record, error) {
	r := &record{path: path, InstallationID: s.InstallationID}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the record: %w", err)
	}
	if err := json.Unmarshal(content, r); err != nil {
		return nil, fmt.Errorf("reading the record %s: %w", path, err)
	}
	if r.InstallationID != s.InstallationID {
		return nil, fmt.Errorf("the record %s is of installation %s, not of %s: name another file with -record, or undo that run first", path, r.InstallationID, s.InstallationID)
	}
	if err := r.agrees(s.fingerprint()); err != nil {
		return nil, err
	}
	return r, nil
}

// has reports whether a step was begun.
func (r *record) has(step string) bool {
	return slices.ContainsFunc(r.Steps, func(b begun) bool { return b.Step == step })
}

// passed reports whether a step was done to its end: it says so, or a later one was begun, and none was taken back since.
func (r *record) passed(step string) bool {
	at := slices.IndexFunc(r.Steps, func(b begun) bool { return b.Step == step })
	return at >= 0 && !r.Steps[at].Again && (r.Steps[at].Done || at < len(r.Steps)-1)
}

// mark notes that a step is done, or that its undo begins: whoever is interrupted in one does the step again.
func (r *record) mark(step string, done bool) error {
	if b := r.find(step); b != nil {
		b.Done, b.Again = done, b.Again && !done
	}
	return r.write()
}

// redo notes that steps are to be done again, although the one whose undo takes them back stays on record until it is over.
func (r *record) redo(steps ...string) error {
	for _, step := range steps {
		if b := r.find(step); b != nil {
			b.Done, b.Again = false, true
		}
	}
	return r.write()
}

// begin notes a step, unless it is noted already: what it found the first time counts.
func (r *record) begin(step string, before json.RawMessage) error {
	if r.has(step) {
		return nil
	}
	if len(r.Steps) == 0 {
		r.Undone = nil // those of a run before
	}
	r.Steps = append(r.Steps, begun{Step: step, Before: before})
	return r.write()
}

// find is a step that was begun; nil: it was not.
func (r *record) find(step string) *begun {
	at := slices.IndexFunc(r.Steps, func(b begun) bool { return b.Step == step })
	if at < 0 {
		return nil
	}
	return &r.Steps[at]
}

// forget drops a step that was taken back; with the last one the file goes.
func (r *record) forget(step string) error {
	r.Steps = slices.DeleteFunc(r.Steps, func(b begun) bool { return b.Step == step })
	r.Undone = append(r.Undone, step)
	return r.write()
}

// lost: nothing says what this run made. The file was deleted, or another one is named, or there never was a run.
func (r *record) lost() bool { return len(r.Steps)+len(r.Undone) == 0 }

// made reports whether this run made a step, also when it is taken back.
func (r *record) made(step string) bool { return r.has(step) || slices.Contains(r.Undone, step) }

func (r *record) write() error {
	if len(r.Steps) == 0 {
		if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the record: %w", err)
		}
		return nil
	}
	return r.save()
}

// save writes the file, with steps or without.
func (r *record) save() error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	// Whole or not at all: a rename within one folder.
	next, err := os.CreateTemp(filepath.Dir(r.path), ".first-run-*")
	if err != nil {
		return fmt.Errorf("writing the record: %w", err)
	}
	_, written := next.Write(append(content, '\n'))
	if err := errors.Join(written, next.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing the record: %w", err), os.Remove(next.Name()))
	}
	if err := os.Rename(next.Name(), r.path); err != nil {
		return fmt.Errorf("writing the record: %w", err)
	}
	return nil
}
