package sim

import (
	"net/http"

	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
)

// Answer is an HTTP answer.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
	// Header has what a protocol needs besides Content-Type and the request id.
	Header http.Header
}

// Action carries out a call and returns what the protocol renders, or a *Failure.
type Action func(*Call) (any, error)

// Protocol reads requests and renders answers.
type Protocol interface {
	// Read fills Action and Parameters (or what else it routes by) from the call's HTTP request and Body.
	Read(*Call) error
	// Success renders the result of an action.
	Success(c *Call, result any) (Answer, error)
	// Failure renders an error.
	Failure(c *Call, failure *Failure) Answer
}

// Service is a simulated AWS service.
type Service interface {
	// Name is what the signature's scope says: "ec2".
	Name() string
	Protocol() Protocol
	// Actions are what the service implements, by name.
	Actions() map[string]Action
	// Accesses are what a call asks IAM for.
	Accesses(c *Call) (accesses []iam.Access, known bool)
	// Dump is all its state, for people and laboratories to read as JSON.
	Dump() any
	// Reset forgets all its state.
	Reset()
}
