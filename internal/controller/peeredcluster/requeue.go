package peeredcluster

import (
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// When an object is looked at again, where nothing that is watched brings that sooner.
const (
	// afterBehind is when a watch does not show our own writes yet. The change itself
	// brings a reconciliation, mostly sooner.
	afterBehind = 250 * time.Millisecond
	// afterSteps is when to look at what the steps did: AWS tells nothing.
	afterSteps = 2 * time.Second
	// afterRolling is when to look again how far a DaemonSet got.
	afterRolling = 5 * time.Second
	// afterUnreachable is when to try a cluster, or AWS, again that does not answer, where
	// nothing says how long it is left alone.
	afterUnreachable = 15 * time.Second
	// afterUsers is when to look again whether the last user is gone; a change of a
	// user brings a reconciliation sooner.
	afterUsers = 30 * time.Second
)

// orSoon: somebody else wrote in between, so look again and plan again.
func (s *subject) orSoon(err error) error {
	if err == nil {
		return nil
	}
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) {
		s.Within(afterSteps)
		return nil
	}
	return err
}
