package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// frames is the body of an answer, or of a watch, as it is handed over: by whole values,
// each within its limit and without credentials.
type frames struct {
	ctx     context.Context
	inner   io.ReadCloser
	account *Account
	// most bytes of one frame, and what that is called.
	most int64
	what string
	// stream: one value after the other, each handed over by itself.
	stream bool

	scanner scanner
	chunk   []byte
	// rest of the chunk that is not looked at yet.
	rest  []byte
	frame []byte
	// out is what is handed over next.
	out   []byte
	ended error

	// A watch is closed while somebody reads it: what both sides touch is guarded, all else is the reader's.
	mu sync.Mutex
	// taken is what the account was charged for the frame; nothing is taken any more once it is closed.
	taken  int64
	closed bool
}

// chunkSize is for what ends soon; a watch holds its chunk for as long as it is open, and there are five for each cluster.
const (
	chunkSize      = 16 << 10
	watchChunkSize = 4 << 10
)

func (f *frames) chunkSize() int {
	if f.stream {
		return watchChunkSize
	}
	return chunkSize
}

// Read implements io.Reader.
func (f *frames) Read(into []byte) (int, error) {
	for len(f.out) == 0 {
		if f.ended != nil {
			return 0, f.ended
		}
		if err := f.next(); err != nil {
			f.ended, f.frame, f.rest = err, nil, nil
			_ = f.take(0)
		}
	}
	n := copy(into, f.out)
	if f.out = f.out[n:]; len(f.out) == 0 {
		f.out = nil // or a watch at rest would keep its last event
	}
	return n, nil
}

// Close implements io.Closer.
func (f *frames) Close() error {
	f.mu.Lock()
	f.closed = true
	_ = f.account.Take(-f.taken)
	f.taken = 0
	f.mu.Unlock()
	return f.inner.Close()
}

// take makes the account hold so much for the frame, and nothing for one that is closed.
func (f *frames) take(weight int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil // the next read of the body says that it is closed
	}
	more := weight - f.taken
	f.taken = weight
	return f.account.Take(more)
}

// next reads until a frame is complete.
func (f *frames) next() error {
	if err := f.account.Exceeded(); err != nil {
		return err
	}
	if len(f.rest) == 0 {
		if f.chunk == nil {
			f.chunk = make([]byte, f.chunkSize())
		}
		n, err := f.inner.Read(f.chunk)
		f.rest = f.chunk[:n]
		if n == 0 && err != nil {
			return f.end(err)
		}
	}
	return f.advance()
}

// advance takes what was read into the frame, up to its end.
func (f *frames) advance() error {
	text, end := f.rest, f.scanner.scan(f.rest)
	switch {
	case !f.stream || end < 0:
		f.rest = nil
	default:
		text, f.rest = f.rest[:end], f.rest[end:]
	}
	if f.scanner.started || !f.stream {
		f.frame = append(f.frame, text...)
	}
	if err := f.charge(); err != nil {
		return err
	}
	if f.stream && end >= 0 {
		return f.complete()
	}
	return nil
}

// charge holds the frame to its limits.
func (f *frames) charge() error {
	size := int64(len(f.frame))
	switch {
	case size > f.most:
		return f.account.Exceed(tooMuch("more than %s in %s", inMiB(f.most), f.what))
	case f.scanner.tooDeep:
		return f.account.Exceed(tooMuch("more than %d levels of values in %s", mostDepth, f.what))
	}
	return f.take(f.scanner.weight(size))
}

// complete hands the frame of a stream over, and lets it wait where the cluster sends more
// than its share.
func (f *frames) complete() error {
	if first := bytes.TrimLeft(f.frame, " \r\n\t"); len(first) == 0 || first[0] != '{' {
		return unfit("a watch that is not JSON")
	}
	cost := min(len(f.frame)+perEvent, paceBurst)
	if err := f.account.pace.WaitN(f.ctx, cost); err != nil {
		return fmt.Errorf("waiting to read on: %w", err)
	}
	f.out = append(f.account.secrets.scrub(f.frame), '\n')
	f.frame = nil
	f.scanner.reset()
	return f.take(0)
}

// end hands over what is left at the end of the answer.
func (f *frames) end(err error) error {
	if f.stream || !errors.Is(err, io.EOF) {
		return clean(f.account, err)
	}
	f.out, f.frame = f.account.secrets.scrub(f.frame), nil
	if f.ended = io.EOF; len(f.out) == 0 {
		return io.EOF
	}
	return nil
}
