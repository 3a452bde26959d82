package firstrun

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// backward takes back what the record names, the last step first, each when asked for, and proves in the end that nothing is left.
func (r *run) backward(ctx context.Context) error {
	if len(r.record.Steps) == 0 {
		r.say("The record %s names no step: there is nothing to undo.", r.Record)
		if r.Undo == UndoAll {
			return r.proveOnRecord(ctx) // the last undo may have ended before it could
		}
		return nil
	}
	all := len(r.record.Steps)
	known := r.steps()
	for _, b := range slices.Backward(slices.Clone(r.record.Steps)) {
		at := slices.IndexFunc(known, func(s step) bool { return s.id == b.Step })
		if at < 0 {
			return fmt.Errorf("the record names a step %q that this release does not know: undo it with the release that made it", b.Step)
		}
		if err := r.takeBack(ctx, known[at], b); err != nil {
			return err
		}
		if r.Undo == UndoLast {
			r.say("\n%d of %d steps are undone.", 1, all)
			return nil
		}
	}
	return r.proveOnRecord(ctx)
}

// proveOnRecord keeps the record of what was undone until the proof succeeds: asked again, it still knows what this run made.
func (r *run) proveOnRecord(ctx context.Context) error {
	if len(r.record.Undone) > 0 {
		if err := r.record.save(); err != nil {
			return err
		}
	}
	if err := r.prove(ctx); err != nil {
		return err
	}
	return r.record.write()
}

func (r *run) takeBack(ctx context.Context, s step, b begun) error {
	r.title("Undo: %s", s.title)
	r.say("  %s", s.undone)
	commands := s.undo(b.Before)
	r.show(commands)
	if len(commands) > 0 {
		if err := r.agree(ctx, "Undo it?"); err != nil {
			return err
		}
	}
	if err := errors.Join(r.record.redo(s.again...), r.record.mark(s.id, false)); err != nil {
		return err
	}
	if err := r.carryOut(ctx, step{title: "undoing: " + s.title, do: commands}); err != nil {
		return err
	}
	return r.record.forget(s.id)
}
