package peeredcluster

import (
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// stepFailed says in status which step of the rollout could not be carried out, and
// why. What a person has to mend is a condition and no error; the step is tried again.
func (p *pass) stepFailed(err error) error {
	if p.orSoon(err) == nil {
		return nil
	}
	progress, reason := judgeStepFailure(err)
	p.conditions.Set(v1alpha1.ConditionNodesUpToDate, progress, reason, fmt.Sprintf("A step of the rollout failed, no further node is started, and the step is tried again: %s.",
		strings.TrimSuffix(stepFailure(err), ".")))
	if progress != conditions.Stalled {
		return err
	}
	p.comeAgain(unreachableRetry)
	return nil
}

func judgeStepFailure(err error) (conditions.Progress, string) {
	verdict := aws.Classify(err)
	switch {
	case errors.Is(err, backend.ErrTaken):
		return conditions.Stalled, v1alpha1.ReasonManagedElsewhere
	case verdict.Operation == "" && (apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err)):
		return conditions.Stalled, v1alpha1.ReasonForbidden
	case verdict.Operation == "":
		return conditions.Wait, v1alpha1.ReasonProgressing
	case verdict.Denied:
		return conditions.Stalled, v1alpha1.ReasonPermissionDenied
	case verdict.Class == aws.User, verdict.Class == aws.Terminal:
		return conditions.Stalled, v1alpha1.ReasonAWSError
	default:
		return conditions.Wait, v1alpha1.ReasonAWSError
	}
}

// stepFailure names the step too: AWS's answer says nothing of the node.
func stepFailure(err error) string {
	step, _, found := strings.Cut(err.Error(), ": ")
	if verdicts := awsVerdicts(err); found && len(verdicts) > 0 {
		return step + ": " + verdicts[0]
	}
	return err.Error()
}
