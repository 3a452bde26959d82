package cluster

import (
	"sync"

	"k8s.io/apimachinery/pkg/watch"
)

// filter is watch.Filter whose goroutine ends when nobody reads any more. That one's blocks for ever on an event that comes
// after the last one that was read, and keeps the stream's buffers: a hostile cluster could do so at each attempt.
func filter(in watch.Interface, keep watch.FilterFunc) watch.Interface {
	w := &filtered{Interface: in, result: make(chan watch.Event), done: make(chan struct{})}
	go w.run(keep)
	return w
}

type filtered struct {
	watch.Interface

	result chan watch.Event
	done   chan struct{}
	once   sync.Once
}

func (w *filtered) run(keep watch.FilterFunc) {
	defer close(w.result)
	for event := range w.Interface.ResultChan() {
		out, wanted := keep(event)
		if !wanted {
			continue
		}
		select {
		case w.result <- out:
		case <-w.done:
			return
		}
	}
}

// ResultChan implements watch.Interface.
func (w *filtered) ResultChan() <-chan watch.Event { return w.result }

// Stop implements watch.Interface.
func (w *filtered) Stop() {
	w.once.Do(func() { close(w.done) })
	w.Interface.Stop()
}
