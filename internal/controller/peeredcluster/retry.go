package peeredcluster

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// retryToken changes when somebody changes the spec or the annotation.
func (s *subject) retryToken() string {
	return object.GenerationToken(s.Object, v1alpha1.AnnotationRetry)
}

// retryAsked reports whether failures must be forgotten in this reconciliation. The first
// reconciliation of all has none to forget.
func (s *subject) retryAsked() bool {
	handled := s.rolloutStatus().HandledRetry
	return handled != "" && handled != s.retryToken()
}

// noteRetry comes after the steps: a reconciliation that was cut off asks again.
func (s *subject) noteRetry() { s.rolloutStatus().HandledRetry = s.retryToken() }
