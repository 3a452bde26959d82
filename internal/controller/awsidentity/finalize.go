package awsidentity

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// finalize lets the object go once nothing rests on it: without its credentials
// what was made in the account could not be removed.
func (r *Reconciler) finalize(ctx context.Context, identity *v1alpha1.AWSIdentity) (ctrl.Result, error) {
	users, err := r.users(ctx, identity)
	if err != nil {
		return ctrl.Result{}, err
	}
	if len(users) > 0 {
		held := finding{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonInUse,
			"deletion waits until nothing uses this identity: delete %s, or have them name another", message.List(users))}
		return ctrl.Result{RequeueAfter: r.jittered(recheckMistake)}, r.report(ctx, object.NewDraft(r.Client, identity), held)
	}
	if err := object.Release(ctx, r.Client, identity); err != nil {
		return ctrl.Result{}, err
	}
	r.forget(identity)
	r.announcer(identity).Tell(eventDeleted, "Delete", "nothing uses this identity any more")
	return ctrl.Result{}, nil
}

func (r *Reconciler) forget(identity *v1alpha1.AWSIdentity) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.used, identity.Name)
	r.Cloud.Forget(r.identity(identity))
}
