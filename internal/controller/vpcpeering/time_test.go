package vpcpeering

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
)

// timeline is the machine's clock plus what was skipped; AWS, the clients and the reconciler all go by it.
type timeline struct {
	clock.RealClock
	mutex   sync.Mutex
	skipped time.Duration
	// stands is what it shows while it stands; zero: it goes on.
	stands time.Time
}

func (l *timeline) Now() time.Time {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.now()
}

// now never shows the same twice: of two things that happened the later one is later.
func (l *timeline) now() time.Time {
	if l.stands.IsZero() {
		return time.Now().Add(l.skipped)
	}
	l.stands = l.stands.Add(time.Microsecond)
	return l.stands
}

func (l *timeline) Since(t time.Time) time.Duration { return l.Now().Sub(t) }

func (l *timeline) advance(d time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if !l.stands.IsZero() {
		l.skipped, l.stands = time.Until(l.stands), time.Time{}
	}
	l.skipped += d
}

// toNextSweep skips to the beginning of a sweep, where the clock stands until more is skipped: what follows is within one, however
// slow the machine is.
func (l *timeline) toNextSweep() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.stands = l.now().Truncate(time.Minute).Add(time.Minute)
}

// notes is an event recorder that keeps "type reason note" of all events.
type notes struct {
	mutex sync.Mutex
	lines []string
}

func (n *notes) Eventf(_, _ runtime.Object, kind, reason, _, note string, args ...any) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.lines = append(n.lines, kind+" "+reason+" "+fmt.Sprintf(note, args...))
}

func (n *notes) has(part string) bool {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return slices.ContainsFunc(n.lines, func(line string) bool { return strings.Contains(line, part) })
}

func (n *notes) all() string {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return strings.Join(n.lines, "\n")
}
