package firstrun

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// Exit codes.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitInterrupted = 130
)

// run is what all steps share.
type run struct {
	Settings
	*screen

	hub, other *side
	record     *record
}

// Run leads through the first run, or back, and returns the exit code. However it ends, it says what is there.
func Run(ctx context.Context, settings Settings, in io.Reader, out io.Writer) int {
	r := &run{Settings: settings, screen: &screen{out: out, in: bufio.NewReader(in), yes: settings.Yes}}
	err := r.tell(ctx)
	switch {
	case ctx.Err() != nil:
		r.say("\nInterrupted.")
		r.sayWhatIsThere()
		return ExitInterrupted
	case errors.Is(err, errDeclined):
		r.say("\nStopped, as you asked.")
		r.sayWhatIsThere()
		return ExitDone
	case err != nil:
		r.say("\nStopped: %v", err)
		r.sayWhatIsThere()
		return ExitFailed
	}
	return ExitDone
}

func (r *run) tell(ctx context.Context) (err error) {
	if err := r.Complete(); err != nil {
		return err
	}
	if r.record, err = readRecord(r.Record, &r.Settings); err != nil {
		return err
	}
	if r.hub, err = open(ctx, r.Hub, bootstrap.LocalCluster); err != nil {
		return err
	}
	if r.other, err = open(ctx, r.Other, r.Other.Name); err != nil {
		return err
	}
	if r.Undo != "" {
		return r.goBack(ctx)
	}
	if err := r.check(ctx); err != nil {
		return err
	}
	if err := r.sameRun(); err != nil {
		return err
	}
	r.sayCosts()
	if r.CheckOnly {
		r.say("\nOnly the checks were asked for: nothing was changed.")
		return nil
	}
	if err := r.forward(ctx); err != nil {
		return err
	}
	r.title("Done")
	r.sayWhatIsThere()
	return nil
}

// goBack needs to know where things are, and that it is where they were made.
func (r *run) goBack(ctx context.Context) error {
	for _, s := range r.sides() {
		for _, look := range []func(context.Context) view.Item{s.lookAtCaller, s.lookAtEKS, s.lookAtServer} {
			if item := look(ctx); item.State == view.Bad {
				return errors.New(item.Message)
			}
		}
	}
	if err := r.sameRun(); err != nil {
		return err
	}
	return r.backward(ctx)
}

// sayWhatIsThere is the last thing that anybody reads.
func (r *run) sayWhatIsThere() {
	if r.record == nil {
		r.say("It did not get as far as to look or to change anything.")
		return
	}
	if len(r.record.Steps) == 0 {
		r.say("Nothing of this run is there: no change was made, or each is undone.")
		return
	}
	r.say("These steps were begun, and what they made is there:")
	for _, b := range r.record.Steps {
		r.say("  - %s", r.described(b.Step))
	}
	r.say("Go on, at the first step that is not done:  make first-run")
	r.say("Undo the last of them:                      make first-run UNDO=last")
	r.say("Undo all, with a proof that nothing is left: make first-run UNDO=all")
	r.say("The record is %s. Keep it until all is undone, or until you keep the peering.", r.Record)
}

// described is a step as people know it; its name in the record, where the places could not be opened.
func (r *run) described(id string) string {
	if r.hub == nil || r.other == nil {
		return id
	}
	for _, s := range r.steps() {
		if s.id == id {
			return s.title + ". Undo: " + s.undone
		}
	}
	return id
}

func (r *run) sides() []*side { return []*side{r.hub, r.other} }

// stuck is what does not get on without a person.
type stuck string

// Error implements error.
func (s stuck) Error() string { return string(s) }

// every is the longest silence while something is waited for.
const every = 10 * time.Second

// until asks until it is done, and says each new answer, or after a while the old one again.
func (r *run) until(ctx context.Context, look func(context.Context) (done bool, now string, err error)) error {
	last, saidAt := "", time.Time{}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		done, now, err := look(ctx)
		if needs, person := errors.AsType[stuck](err); person {
			return needs
		}
		if err != nil && ctx.Err() == nil {
			now = fmt.Sprintf("It cannot be read: %v.", err)
		}
		if now != "" && (now != last || time.Since(saidAt) > every) {
			r.say("    … %s", now)
			last, saidAt = now, time.Now()
		}
		if done && err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; last seen: %s", ctx.Err(), last)
		case <-tick.C:
		}
	}
}
