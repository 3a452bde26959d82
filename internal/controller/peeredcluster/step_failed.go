package peeredcluster

import (
	"errors"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// stepFailed says in status which step of the rollout could not be carried out, and
// why. What a person has to fix is a condition and no error; the step is retried.
func (n *nodeRollout) stepFailed(err error, found *findings) error {
	if n.orSoon(err) == nil {
		return nil
	}
	progress, reason := judgeStepFailure(err)
	found.nodes = new(verdict.Newf(progress, reason, "A step of the rollout failed: %s.%s No further node is started, and crossvpc retries the step.",
		strings.TrimSuffix(stepFailure(err), "."), remedy(err)))
	if progress != verdict.Stalled {
		return err
	}
	n.Within(afterUnreachable)
	return nil
}

// refused says that the cluster does not let something be kept, which a person has to change: that is no error, except where
// a deletion waits for it.
func (s *subject) refused(what string, err error) (*verdict.Verdict, error) {
	if s.orSoon(err) == nil {
		return nil, nil
	}
	progress, reason := judgeStepFailure(err)
	if progress != verdict.Stalled || !s.Object.DeletionTimestamp.IsZero() {
		return nil, err
	}
	s.Within(afterUnreachable)
	return new(verdict.Newf(progress, reason, "%s cannot be kept: %s. If crossvpc lacks the right to it, apply config/cluster/role.yaml again. crossvpc tries again.",
		what, strings.TrimSuffix(err.Error(), "."))), nil
}

// remedy is for a right that the cluster denies; a policy in it is refused with the same words.
func remedy(err error) string {
	if aws.Classify(err).Operation != "" || !apierrors.IsForbidden(err) {
		return ""
	}
	return " If crossvpc lacks the right to it, apply config/cluster/role.yaml again."
}

func judgeStepFailure(err error) (verdict.Progress, string) {
	failure := aws.Classify(err)
	switch {
	case errors.Is(err, backend.ErrTaken):
		return verdict.Stalled, v1alpha1.ReasonManagedElsewhere
	case failure.Operation == "" && (apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err)):
		return verdict.Stalled, v1alpha1.ReasonForbidden
	case failure.Operation == "":
		return verdict.Wait, v1alpha1.ReasonProgressing
	case failure.Denied:
		return verdict.Stalled, v1alpha1.ReasonPermissionDenied
	case failure.Class == aws.User, failure.Class == aws.Terminal:
		return verdict.Stalled, v1alpha1.ReasonAWSError
	default:
		return verdict.Wait, v1alpha1.ReasonAWSError
	}
}

// stepFailure names the step too: AWS's answer says nothing of the node.
func stepFailure(err error) string {
	step, _, found := strings.Cut(err.Error(), ": ")
	if messages := awsMessages(err); found && len(messages) > 0 {
		return step + ": " + messages[0]
	}
	return err.Error()
}
