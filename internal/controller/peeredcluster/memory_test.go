package peeredcluster

import (
	"testing"
	"time"
)

func TestWhatIsRememberedOfAnObjectGoesWithIt(t *testing.T) {
	var m memories
	m.of("us", "one").withoutGroups, m.of("us", "one").seen = 7, time.Unix(1, 0)
	if got := m.of("us", "one"); got.withoutGroups != 7 || got.seen.IsZero() {
		t.Errorf("the same object is remembered as %+v", got)
	}
	if got := m.of("us", "two"); got.withoutGroups != 0 || !got.seen.IsZero() {
		t.Errorf("another object of that name is remembered as %+v", got)
	}
	m.of("us", "two").withoutGroups = 8
	m.forget("us")
	if got := m.of("us", "two"); got.withoutGroups != 0 {
		t.Errorf("an object that was gone is remembered as %+v", got)
	}
	if len(m.byName) != 1 {
		t.Errorf("%d are remembered", len(m.byName))
	}
}
