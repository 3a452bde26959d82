package peeredcluster

import apierrors "k8s.io/apimachinery/pkg/api/errors"

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
