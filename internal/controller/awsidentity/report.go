package awsidentity

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// eventDeleted is the reason of the last event of an AWSIdentity.
const eventDeleted = "Deleted"

// report writes the conditions, if they changed, and tells of Ready's transitions.
func (r *Reconciler) report(ctx context.Context, draft *object.Draft[*v1alpha1.AWSIdentity], found finding) error {
	if found.keep {
		return draft.Persist(ctx)
	}
	report := conditions.NewReport()
	report.Overall(found.Verdict)
	changed, err := draft.Report(ctx, report, r.Clock.Now())
	if err == nil {
		r.announce(ctx, draft.Object, object.Ready(changed))
	}
	return err
}

func (r *Reconciler) announce(ctx context.Context, identity *v1alpha1.AWSIdentity, changed []metav1.Condition) {
	for _, ready := range changed {
		ctrl.LoggerFrom(ctx).Info("Checked the credentials", "ready", ready.Status, "reason", ready.Reason, "accountID", identity.Status.AccountID)
	}
	r.announcer(identity).Changed(changed, "Check")
}

func (r *Reconciler) announcer(identity *v1alpha1.AWSIdentity) object.Announcer {
	return object.Announcer{Recorder: r.Events, Object: identity}
}
