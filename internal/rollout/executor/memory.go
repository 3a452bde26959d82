package executor

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Memory is what is remembered of one cluster from one reconciliation to the next. It
// saves calls and makes messages better, but nothing depends on it: it may be lost at any time. The
// zero value remembers nothing; it is safe for concurrent use.
type Memory struct {
	mutex sync.Mutex
	// refusals are, by the UID of a node that is being emptied, what the last refusal
	// of an eviction there said.
	refusals map[types.UID]string
	// terminations are, by instance, when its group was asked to terminate it.
	terminations map[string]time.Time
}

// RefusalOn is what the last refusal of an eviction on a node said: which pod, which
// budget; empty where none was.
func (m *Memory) RefusalOn(node types.UID) string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.refusals[node]
}

// NoteRefusal keeps what a refusal said; empty: there was none.
func (m *Memory) NoteRefusal(node types.UID, refusal string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if refusal == "" {
		delete(m.refusals, node)
		return
	}
	if m.refusals == nil {
		m.refusals = map[types.UID]string{}
	}
	m.refusals[node] = refusal
}

// Terminated is when a group was asked to terminate the instance; the zero time: never.
func (m *Memory) Terminated(instance string) time.Time {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.terminations[instance]
}

// NoteTermination keeps that a group was asked to terminate the instance.
func (m *Memory) NoteTermination(instance string, at time.Time) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.terminations == nil {
		m.terminations = map[string]time.Time{}
	}
	m.terminations[instance] = at
}

func (m *Memory) forgetTermination(instance string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.terminations, instance)
}
