package peeredcluster

import (
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// retryToken changes when somebody changes the spec or the annotation.
func (p *pass) retryToken() string {
	token := strconv.FormatInt(p.object.Generation, 10)
	if value := p.object.Annotations[v1alpha1.AnnotationRetry]; value != "" {
		token += fmt.Sprintf("-%.4x", sha256.Sum256([]byte(value)))
	}
	return token
}

// retryAsked reports whether failures are to be forgotten in this pass. The first
// pass of all has none to forget.
func (p *pass) retryAsked() bool {
	handled := p.rolloutStatus().HandledRetry
	return handled != "" && handled != p.retryToken()
}

// noteRetry comes after the steps: a pass that was cut off asks again.
func (p *pass) noteRetry() { p.rolloutStatus().HandledRetry = p.retryToken() }

// rolloutStatus gives status.rollout to be changed.
func (p *pass) rolloutStatus() *v1alpha1.RolloutStatus {
	if p.object.Status.Rollout == nil {
		p.object.Status.Rollout = &v1alpha1.RolloutStatus{}
	}
	return p.object.Status.Rollout
}
