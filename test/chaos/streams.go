package chaos

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// Streams are the watches of API servers that a process has open. While they are held the process is told nothing; then it
// is told everything, or of each object only what came last, or nothing of it: that comes with the next list.
// A watch that is opened meanwhile, as by a new process, lists first and is not held. It is safe for concurrent use.
type Streams struct {
	mu   sync.Mutex
	open map[*stream]bool
}

// Around wraps a transport; the answers must be JSON.
func (s *Streams) Around(next http.RoundTripper) http.RoundTripper {
	return &watchWay{streams: s, next: next}
}

type watchWay struct {
	streams *Streams
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (o *watchWay) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := o.next.RoundTrip(request)
	if err != nil || request.URL.Query().Get("watch") == "" || response.StatusCode != http.StatusOK {
		return response, err
	}
	response.Body = o.streams.follow(response.Body)
	return response, nil
}

// WrappedRoundTripper is for client-go, which closes connections that are idle.
func (o *watchWay) WrappedRoundTripper() http.RoundTripper { return o.next }

// Hold stops the streams that are open now.
func (s *Streams) Hold() {
	s.each(func(one *stream) { one.held = true })
}

// Release tells everything that was held back; merged: of each object only its last state.
func (s *Streams) Release(merged bool) {
	s.each(func(one *stream) {
		one.held = false
		if merged {
			one.frames = lastOf(one.frames)
		}
	})
}

// Break ends the streams that are open: what was held back is told to nobody.
func (s *Streams) Break() {
	s.each(func(one *stream) {
		one.held, one.frames, one.ended = false, nil, io.ErrUnexpectedEOF
	})
}

func (s *Streams) each(do func(*stream)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range s.open {
		one.mu.Lock()
		do(one)
		one.changed.Broadcast()
		one.mu.Unlock()
	}
}

func (s *Streams) follow(body io.ReadCloser) io.ReadCloser {
	one := &stream{body: body}
	one.changed = sync.NewCond(&one.mu)
	one.close = sync.OnceValue(func() error {
		s.mu.Lock()
		delete(s.open, one)
		s.mu.Unlock()
		return body.Close()
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[*stream]bool{}
	}
	s.open[one] = true
	go one.pump()
	return one
}

// stream is the body of one watch: a line for each event.
type stream struct {
	body  io.ReadCloser
	close func() error

	mu      sync.Mutex
	changed *sync.Cond
	held    bool
	frames  [][]byte
	ended   error
}

// pump reads ahead, so that what is held back is known.
func (s *stream) pump() {
	lines := bufio.NewReader(s.body)
	for {
		line, err := lines.ReadBytes('\n')
		s.mu.Lock()
		if s.ended == nil && len(line) > 0 {
			s.frames = append(s.frames, line)
		}
		if err != nil && s.ended == nil {
			s.ended = err
		}
		over := s.ended != nil
		s.changed.Broadcast()
		s.mu.Unlock()
		if over {
			return
		}
	}
}

// Read implements io.Reader.
func (s *stream) Read(into []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.held && s.ended == nil || len(s.frames) == 0 && s.ended == nil {
		s.changed.Wait()
	}
	if len(s.frames) == 0 || s.held {
		return 0, s.ended
	}
	n := copy(into, s.frames[0])
	if s.frames[0] = s.frames[0][n:]; len(s.frames[0]) == 0 {
		s.frames = s.frames[1:]
	}
	return n, nil
}

// Close implements io.Closer.
func (s *stream) Close() error {
	s.mu.Lock()
	if s.ended == nil {
		s.ended = io.ErrClosedPipe
	}
	s.changed.Broadcast()
	s.mu.Unlock()
	return s.close()
}

// lastOf keeps of each object the last event. One that was added stays added.
func lastOf(frames [][]byte) [][]byte {
	last, added := map[types.UID]int{}, map[types.UID]bool{}
	for i, frame := range frames {
		uid, kind := eventOf(frame)
		last[uid] = i
		added[uid] = added[uid] || kind == "ADDED"
	}
	var kept [][]byte
	for i, frame := range frames {
		uid, kind := eventOf(frame)
		switch {
		case uid == "" || kind == "BOOKMARK": // it says how far all was told
			kept = append(kept, frame)
		case last[uid] == i:
			kept = append(kept, retyped(frame, kind, added[uid]))
		}
	}
	return kept
}

// frameOf is what is to be known of an event.
type frameOf struct {
	Type   string          `json:"type"`
	Object json.RawMessage `json:"object"`
}

func eventOf(frame []byte) (types.UID, string) {
	var event struct {
		Type   string `json:"type"`
		Object struct {
			Metadata struct {
				UID types.UID `json:"uid"`
			} `json:"metadata"`
		} `json:"object"`
	}
	if json.Unmarshal(frame, &event) != nil {
		return "", ""
	}
	return event.Object.Metadata.UID, event.Type
}

func retyped(frame []byte, kind string, added bool) []byte {
	if kind != "MODIFIED" || !added {
		return frame
	}
	var event frameOf
	if json.Unmarshal(frame, &event) != nil {
		return frame
	}
	event.Type = "ADDED"
	if encoded, err := json.Marshal(event); err == nil {
		return append(encoded, '\n')
	}
	return frame
}
