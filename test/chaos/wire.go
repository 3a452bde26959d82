package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// ErrKilled is what a process meets that was killed: the test goes on with a new one.
var ErrKilled = errors.New("the process was killed")

// errLost is how a request ends whose answer nobody waits for any longer.
var errLost = fmt.Errorf("chaos: %w", context.DeadlineExceeded)

// How a process is struck.
const (
	// Kill ends it: nothing is carried out any more.
	Kill Blow = iota
	// Overtaken ends it while its request is on the way, which arrives when [Wire.Deliver] is called.
	Overtaken
	// Conflict is the API server's answer where somebody else wrote first.
	Conflict
	// Busy is the API server's answer where it has too much to do.
	Busy
	// Broken is the API server's answer where it does not know what to answer.
	Broken
	// TimesOut is the API server's answer where its storage takes too long.
	TimesOut
	// Lost is no answer at all.
	Lost
)

// Blow is a kind of strike.
type Blow int

// Strike is what a process meets at one of its acts.
type Strike struct {
	// At is which act it is, from 1. A call to AWS is one, and a write to an API server; only the latter counts
	// where the blow is an answer of an API server.
	At   int
	Blow Blow
	// After: the act is carried out all the same.
	After bool
	// When, if set, says after each act whether it was the one, and At says nothing.
	When func() bool
}

func (s Strike) ends() bool { return s.Blow == Kill || s.Blow == Overtaken }

// Wire is the way of a process to the outside. It is safe for concurrent use.
type Wire struct {
	mu      sync.Mutex
	strikes []Strike
	acts    int // of all kinds
	writes  int // to API servers
	dead    bool
	// parked are requests that are still on the way.
	parked []func()
}

// Arm says what the process meets from now on; acts are counted from here. It lives again if it was dead.
func (w *Wire) Arm(strikes ...Strike) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.strikes, w.acts, w.writes, w.dead = strikes, 0, 0, false
}

// Dead reports whether the process was killed.
func (w *Wire) Dead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}

// Writes are how many the process made to API servers since it was armed.
func (w *Wire) Writes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.writes
}

// Deliver lets requests arrive whose process is gone.
func (w *Wire) Deliver() {
	w.mu.Lock()
	parked := w.parked
	w.parked = nil
	w.mu.Unlock()
	for _, send := range parked {
		send()
	}
}

// ToCluster is the way to an API server.
func (w *Wire) ToCluster(next http.RoundTripper) http.RoundTripper { return &way{wire: w, next: next} }

// ToAWS is the way to AWS.
func (w *Wire) ToAWS(next http.RoundTripper) http.RoundTripper {
	return &way{wire: w, next: next, aws: true}
}

type way struct {
	wire *Wire
	next http.RoundTripper
	aws  bool
}

// RoundTrip implements http.RoundTripper.
func (o *way) RoundTrip(request *http.Request) (*http.Response, error) {
	if !o.aws && (request.Method == http.MethodGet || request.Method == http.MethodHead) {
		if o.wire.Dead() {
			return nil, ErrKilled
		}
		return o.next.RoundTrip(request)
	}
	struck, dead := o.wire.act(o.aws)
	switch {
	case dead:
		return nil, ErrKilled
	case struck == nil:
		response, err := o.next.RoundTrip(request)
		return o.wire.outlives(response, err)
	case struck.Blow == Overtaken:
		return nil, o.park(request)
	}
	if struck.After {
		if err := o.carryOut(request); err != nil {
			return nil, err
		}
	}
	return struck.answer(request)
}

// WrappedRoundTripper is for client-go, which closes connections that are idle.
func (o *way) WrappedRoundTripper() http.RoundTripper { return o.next }

// act counts an act and says what strikes the process at it.
func (w *Wire) act(aws bool) (struck *Strike, dead bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return nil, true
	}
	w.acts++
	if !aws {
		w.writes++
	}
	for i, strike := range w.strikes {
		switch {
		case strike.When != nil:
		case strike.ends() && strike.At == w.acts:
			w.dead = true
			return &w.strikes[i], false
		case !strike.ends() && !aws && strike.At == w.writes:
			return &w.strikes[i], false
		}
	}
	return nil, false
}

// outlives kills the process where an act was the one that a strike waits for.
func (w *Wire) outlives(response *http.Response, err error) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, strike := range w.strikes {
		w.dead = w.dead || strike.When != nil && strike.When()
	}
	if err != nil || !w.dead {
		return response, err
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return nil, errors.Join(ErrKilled, response.Body.Close())
}

func (o *way) carryOut(request *http.Request) error {
	response, err := o.next.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("chaos: %w", err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return response.Body.Close()
}

func (o *way) park(request *http.Request) error {
	later := request.Clone(context.WithoutCancel(request.Context()))
	if request.Body != nil {
		content, err := io.ReadAll(request.Body)
		if err != nil {
			return fmt.Errorf("chaos: %w", err)
		}
		_ = request.Body.Close()
		later.Body = io.NopCloser(bytes.NewReader(content))
	}
	o.wire.mu.Lock()
	defer o.wire.mu.Unlock()
	o.wire.parked = append(o.wire.parked, func() { _ = o.carryOut(later) })
	return ErrKilled
}
