package firstrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// step is one change, its undo, and what it rests on.
type step struct {
	// id names it in the record, title in what is said.
	id, title string
	// why is what it changes and for what.
	why string
	// there reports that it is there without us: then it is neither made nor undone. nil: it never is.
	there func(context.Context) (bool, error)
	// before is what an undo puts back; nil: nothing.
	before func(context.Context) (json.RawMessage, error)
	do     []command
	// settled waits until what was done took effect; nil: at once.
	settled func(context.Context) error
	// undo takes it back; what is gone already is no error. undone says what an undo leaves.
	undo   func(before json.RawMessage) []command
	undone string
	// again are earlier steps that its undo takes back as well: whoever goes on makes them again, although they stay on record.
	again []string
}

// errDeclined is no failure: a person wants no more for now.
var errDeclined = errors.New("declined")

// forward makes the steps that are not made yet, each when asked for.
func (r *run) forward(ctx context.Context) error {
	steps := r.steps()
	for number, s := range steps {
		r.title("Step %d of %d: %s", number+1, len(steps), s.title)
		if err := r.make(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) make(ctx context.Context, s step) error {
	if r.record.passed(s.id) {
		r.say("  It was done before.")
		return nil
	}
	if !r.record.has(s.id) && s.there != nil {
		there, err := s.there(ctx)
		if err != nil {
			return err
		}
		if there {
			r.say("  It is there already, and not of this run: it is left as it is, and an undo leaves it, too.")
			return nil
		}
	}
	r.block("  ", s.why)
	r.say("  It runs:")
	r.show(s.do)
	r.say("  Undo: %s", s.undone)
	if err := r.agree(ctx, "Do it?"); err != nil {
		return err
	}
	if err := r.note(ctx, s); err != nil {
		return err
	}
	if err := r.carryOut(ctx, s); err != nil {
		return err
	}
	return r.record.mark(s.id, true)
}

// show prints commands as people would type them.
func (r *run) show(commands []command) {
	for _, c := range commands {
		first, rest, more := strings.Cut(c.String(), "\n")
		r.say("    $ %s", first)
		if more {
			r.block("    ", rest)
		}
	}
}

// note writes into the record what is about to begin.
func (r *run) note(ctx context.Context, s step) error {
	if r.record.has(s.id) {
		return nil
	}
	var before json.RawMessage
	if s.before != nil {
		var err error
		if before, err = s.before(ctx); err != nil {
			return err
		}
	}
	return r.record.begin(s.id, before)
}

func (r *run) carryOut(ctx context.Context, s step) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	for _, c := range s.do {
		r.say("  $ %s", c.shown)
		if err := c.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
	}
	if s.settled == nil {
		return nil
	}
	if err := s.settled(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.title, err)
	}
	return nil
}

func (r *run) agree(ctx context.Context, question string) error {
	agreed, err := r.ask(ctx, question)
	if err == nil && !agreed {
		return errDeclined
	}
	return err
}
