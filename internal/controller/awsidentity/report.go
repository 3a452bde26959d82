package awsidentity

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/message"
)

// eventDeleted is the reason of the last event of an AWSIdentity.
const eventDeleted = "Deleted"

// report writes the conditions, if they changed, and tells of Ready's transitions.
func (r *Reconciler) report(ctx context.Context, before, object *v1alpha1.AWSIdentity, found finding) error {
	if !found.keep {
		report := conditions.NewReport()
		report.Overall(found.Progress, found.Reason, found.Message)
		report.Apply(object, r.Clock.Now())
	}
	if equality.Semantic.DeepEqual(before.Status, object.Status) {
		return nil
	}
	if err := r.Status().Patch(ctx, object.DeepCopy(), optimistic(before)); err != nil {
		return fmt.Errorf("writing status: %w", err)
	}
	for _, changed := range conditions.Transitions(before.Status.Conditions, object.Status.Conditions) {
		if changed.Type == v1alpha1.ConditionReady {
			r.announce(ctx, object, changed)
		}
	}
	return nil
}

func (r *Reconciler) announce(ctx context.Context, object *v1alpha1.AWSIdentity, ready metav1.Condition) {
	kind := corev1.EventTypeWarning
	if ready.Status == metav1.ConditionTrue {
		kind = corev1.EventTypeNormal
	}
	ctrl.LoggerFrom(ctx).Info("Ready changed", "status", ready.Status, "reason", ready.Reason, "accountID", object.Status.AccountID)
	r.Events.Eventf(object, nil, kind, ready.Reason, "Check", "%s", message.Note(ready.Message))
}
