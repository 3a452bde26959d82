package sim

import (
	"fmt"
	"net/http"
)

// Failure is an error answer of AWS: its code, its text and its HTTP status.
type Failure struct {
	Code    string
	Message string
	// Status is the HTTP status, 400 when zero.
	Status int
}

// Error renders the failure as "Code: message".
func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// HTTPStatus is the status that the answer carries.
func (f *Failure) HTTPStatus() int {
	if f.Status == 0 {
		return http.StatusBadRequest
	}
	return f.Status
}

// Fail makes a Failure with HTTP status 400, as nearly all of EC2's are.
func Fail(code, format string, arguments ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, arguments...)}
}
