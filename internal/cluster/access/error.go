package access

import (
	"fmt"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Error says why a cluster can't be used, in the words of a condition.
type Error struct {
	// Reason is a constant of api/v1alpha1, of those that are about Reachable.
	Reason string
	// Message is one sentence that a person can act on. It is the same at each
	// try while the cause is the same, and holds no credential.
	Message string
	// Withdrawn: somebody took the credentials away, and wants them out of use.
	Withdrawn bool
	// Passing: it may clear without anybody doing anything.
	Passing bool
	// After is how long nobody asks the cluster again; zero: it is not known.
	After time.Duration

	cause error
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Unwrap gives what the client said, where a client was asked.
func (e *Error) Unwrap() error { return e.cause }

// Errorf makes an Error. cause may be nil. A cluster that is out of reach may come
// back by itself.
func Errorf(reason string, cause error, format string, args ...any) *Error {
	return &Error{Reason: reason, Message: fmt.Sprintf(format, args...), Passing: reason == v1alpha1.ReasonClusterUnreachable, cause: cause}
}
