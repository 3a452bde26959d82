package sim

import (
	"container/heap"
	"time"
)

// appointment is something that AWS will do by itself at a given time.
type appointment struct {
	at       time.Time
	sequence int
	do       func(at time.Time)
}

// agenda holds the appointments, soonest first and in the order of making at equal times.
type agenda struct {
	entries []appointment
	made    int
}

func (a *agenda) Len() int { return len(a.entries) }

func (a *agenda) Less(i, j int) bool {
	if a.entries[i].at.Equal(a.entries[j].at) {
		return a.entries[i].sequence < a.entries[j].sequence
	}
	return a.entries[i].at.Before(a.entries[j].at)
}

func (a *agenda) Swap(i, j int) { a.entries[i], a.entries[j] = a.entries[j], a.entries[i] }

func (a *agenda) Push(entry any) { a.entries = append(a.entries, entry.(appointment)) }

func (a *agenda) Pop() any {
	last := a.entries[len(a.entries)-1]
	a.entries = a.entries[:len(a.entries)-1]
	return last
}

func (a *agenda) add(at time.Time, do func(at time.Time)) {
	a.made++
	heap.Push(a, appointment{at: at, sequence: a.made, do: do})
}

// run does everything that is due. What an appointment plans in turn is done too when it is due.
func (a *agenda) run(now time.Time) {
	for len(a.entries) > 0 && !a.entries[0].at.After(now) {
		due := heap.Pop(a).(appointment)
		due.do(due.at)
	}
}
