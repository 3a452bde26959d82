package turn

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// member is a cluster of a simulated installation. What survives from one look to the next is what
// status has, so a manager may be another one at each.
type member struct {
	name                  string
	after                 []string
	left                  int
	inProgress, atOnce    int
	paused, stuck, silent bool
	// fails: no step can be carried out. failing: the last one could not.
	fails, failing bool
	is             Turn
}

// look is one reconciliation of a cluster, as internal/controller/peeredcluster does it. It reports
// whether a node was begun on.
func (m *member) look(all []*member, atOnce int, now time.Time) bool {
	if m.silent {
		m.is = m.is.Next(Work{Now: now, InProgress: m.inProgress > 0, Passing: true, Deadline: time.Hour})
		return false
	}
	if full := m.inProgress == min(m.atOnce, m.left); full && m.inProgress > 0 && !m.stuck && !m.fails {
		m.inProgress, m.left = m.inProgress-1, m.left-1
	}
	work, wants := m.work(now)
	if !wants || m.is.Holds(now, m.inProgress > 0, work.Deadline) {
		m.is = m.is.Next(work)
		return wants && m.begins()
	}
	answer := Ask(Question{Cluster: m.name, All: standings(all, now), AtOnce: atOnce, Now: now})
	if !answer.Begins {
		m.is = m.is.Waits(answer, Work{Now: now, InProgress: m.inProgress > 0})
		return false
	}
	m.is = m.is.Begun(now)
	return m.begins()
}

func (m *member) work(now time.Time) (Work, bool) {
	busy, wants := m.inProgress > 0, m.inProgress < min(m.atOnce, m.left) && !m.paused && !m.stuck
	return Work{
		Now: now, InProgress: busy || wants && !m.failing, GoesOn: (wants || busy && !m.stuck && !m.paused) && !m.failing,
		Stuck: m.stuck, Passing: wants, Deadline: time.Hour,
	}, wants
}

// begins reports whether a node was begun on.
func (m *member) begins() bool {
	if m.failing = m.fails; m.failing {
		return false
	}
	m.inProgress++
	return true
}

func standings(all []*member, now time.Time) []Cluster {
	var clusters []Cluster
	for _, m := range all {
		standing := Cluster{Name: m.name, After: m.after, Rolls: m.is.Holds(now, m.inProgress > 0, time.Hour)}
		if m.left > 0 {
			standing.Unfinished = fmt.Sprintf("%d nodes are left", m.left)
		}
		if m.is.State == v1alpha1.TurnQueued {
			standing.Queued = m.is.Since
		}
		clusters = append(clusters, standing)
	}
	return clusters
}

// TestN8NeverTooManyClustersRollAndAllThatCanComeThrough plays installations in which clusters are paused,
// get stuck, fail and fall silent at random, and get well again or do not, and no manager acts for hours.
func TestN8NeverTooManyClustersRollAndAllThatCanComeThrough(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		atOnce := 1 + random.IntN(2)
		var all []*member
		for i := range 3 + random.IntN(4) {
			m := &member{name: string(rune('a' + i)), left: 1 + random.IntN(12), atOnce: 1 + random.IntN(2)}
			if i > 0 && random.IntN(3) == 0 {
				m.after = []string{all[random.IntN(i)].name}
			}
			all = append(all, m)
		}
		now := noon
		for step := range 2000 {
			now = now.Add(time.Duration(random.IntN(60)) * time.Second)
			m := all[random.IntN(len(all))]
			if step < 1000 && random.IntN(20) == 0 { // from then on nothing else goes wrong, and nothing gets well
				m.paused, m.stuck, m.silent = random.IntN(3) == 0, random.IntN(3) == 0 && m.inProgress > 0, random.IntN(3) == 0
				m.fails = random.IntN(3) == 0
			}
			if step < 1000 && random.IntN(20) == 0 {
				now = now.Add(time.Duration(random.IntN(4)) * time.Hour) // no manager acts
			}
			began, others := m.look(all, atOnce, now), 0
			for _, other := range all {
				if other != m && other.is.Holds(now, other.inProgress > 0, time.Hour) {
					others++
				}
			}
			if began && others >= atOnce {
				t.Fatalf("seed %d, step %d: %s begins beside %d clusters, at most %d may roll", seed, step, m.name, others, atOnce)
			}
		}
		for _, m := range all {
			if m.left > 0 && !waitsRightly(m, all) {
				t.Fatalf("seed %d: %s has %d nodes left: %+v", seed, m.name, m.left, *m)
			}
		}
	}
}

// waitsRightly: it cannot go on by itself, or one that comes first cannot.
func waitsRightly(m *member, all []*member) bool {
	if m.paused || m.stuck || m.silent || m.fails {
		return true
	}
	for _, before := range all {
		for _, name := range m.after {
			if before.name == name && before.left > 0 && waitsRightly(before, all) {
				return true
			}
		}
	}
	return false
}
