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
}

func (l *timeline) Now() time.Time {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return time.Now().Add(l.skipped)
}

func (l *timeline) Since(t time.Time) time.Duration { return l.Now().Sub(t) }

func (l *timeline) advance(d time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.skipped += d
}

// toNextSweep skips to the beginning of a sweep, so that what follows is within one.
func (l *timeline) toNextSweep() {
	now := l.Now()
	l.advance(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
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
