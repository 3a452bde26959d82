package peeredcluster

import (
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// retryToken changes when somebody changes the spec or the annotation.
func (s *subject) retryToken() string {
	token := strconv.FormatInt(s.object.Generation, 10)
	if value := s.object.Annotations[v1alpha1.AnnotationRetry]; value != "" {
		token += fmt.Sprintf("-%.4x", sha256.Sum256([]byte(value)))
	}
	return token
}

// retryAsked reports whether failures are to be forgotten in this pass. The first
// reconciliation of all has none to forget.
func (s *subject) retryAsked() bool {
	handled := s.rolloutStatus().HandledRetry
	return handled != "" && handled != s.retryToken()
}

// noteRetry comes after the steps: a reconciliation that was cut off asks again.
func (s *subject) noteRetry() { s.rolloutStatus().HandledRetry = s.retryToken() }
