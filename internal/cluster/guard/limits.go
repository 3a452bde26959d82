package guard

import (
	"errors"
	"fmt"
	"time"
)

// MiB is 1,048,576 bytes.
const MiB = 1 << 20

// Limits bound what one cluster may take of the manager's memory.
type Limits struct {
	// Answer bounds the unpacked bytes of one answer, the page of a list. An answer that
	// is no list gets an eighth of it, and one event of a watch a sixteenth: etcd takes
	// no object of more than 1.5 MiB (https://etcd.io/docs/v3.6/dev-guide/limit/).
	Answer int64
	// Kept bounds what is kept of a cluster, together with the answers that are being read.
	Kept int64
	// Pool is shared by all clusters; nil: each has its own limits only.
	Pool *Pool
}

// DefaultLimits leave room for 1,000 nodes with 30,000 pods (docs/scale.md has the figures).
func DefaultLimits() Limits { return Limits{Answer: 64 * MiB, Kept: 256 * MiB} }

// Validate refuses limits within which no cluster works.
func (l Limits) Validate() error {
	if l.Answer < 16*MiB || l.Kept < l.Answer {
		return errors.New("the limit of an answer must be at least 16 MiB, and that of what is kept of a cluster no less than it")
	}
	return nil
}

func (l Limits) single() int64 { return l.Answer / 8 }

func (l Limits) event() int64 { return l.Answer / 16 }

const (
	// mostError is as much of an error's body as is read: the rest is nobody's business.
	mostError = 64 << 10
	// mostHeader bounds the header of an answer.
	mostHeader = 64 << 10
	// mostDepth is how deep the values of an answer may be nested.
	mostDepth = 256
	// ConnectTimeout bounds each of: a connection, and its TLS handshake.
	ConnectTimeout = 3 * time.Second
	// headerTimeout is how long the header of an answer may take, that of a watch too.
	headerTimeout = 10 * time.Second
)

// TooMuchError says that a cluster answers with more than it may.
type TooMuchError struct {
	// What completes "answers with".
	What string
}

// Error implements error.
func (e *TooMuchError) Error() string { return "the server answers with " + e.What }

func tooMuch(format string, args ...any) error {
	return &TooMuchError{What: fmt.Sprintf(format, args...)}
}

// UnfitError says that an answer is none of a Kubernetes API server.
type UnfitError struct {
	// What completes "answers with".
	What string
}

// Error implements error.
func (e *UnfitError) Error() string { return "the server answers with " + e.What }

func unfit(format string, args ...any) error { return &UnfitError{What: fmt.Sprintf(format, args...)} }

// ErrRedirected refuses to follow: API servers do not redirect, and the token would go along.
var ErrRedirected = errors.New("redirected")

// TooMuch is an error of what a cluster answers with.
func TooMuch(format string, args ...any) error { return tooMuch(format, args...) }

func inMiB(bytes int64) string {
	if bytes%MiB == 0 {
		return fmt.Sprintf("%d MiB", bytes/MiB)
	}
	return fmt.Sprintf("%d bytes", bytes)
}
