package awsidentity

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// finalize lets the object go once nothing rests on it: without its credentials
// what was made in the account could not be removed.
func (r *Reconciler) finalize(ctx context.Context, identity *v1alpha1.AWSIdentity) (ctrl.Result, error) {
	users, err := r.users(ctx, identity, holds)
	if err != nil {
		return ctrl.Result{}, err
	}
	if len(users) > 0 {
		return r.serve(ctx, identity, users)
	}
	if err := object.Release(ctx, r.Client, identity); err != nil {
		return ctrl.Result{}, err
	}
	r.forget(client.ObjectKeyFromObject(identity))
	r.announcer(identity).Tell(eventDeleted, "Delete", "nothing uses this identity any more")
	return ctrl.Result{}, nil
}

// serve goes on checking the credentials of an identity that waits for its users: what works
// through it goes on working.
func (r *Reconciler) serve(ctx context.Context, identity *v1alpha1.AWSIdentity, users []string) (ctrl.Result, error) {
	draft := object.NewDraft(r.Client, identity)
	found, err := r.checkAccount(ctx, identity)
	if err != nil {
		return ctrl.Result{}, err
	}
	found.Message += ". Deletion waits until nothing uses this identity: delete " + message.List(users) + ", or let them name another. " +
		"To keep it, put it back into Git and remove the finalizer " + v1alpha1.Finalizer + " from this one: it is made again, and nothing in AWS changes."
	if found.Progress == verdict.Done {
		found.Reason = v1alpha1.ReasonInUse
	}
	if err := r.report(ctx, draft, found); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: r.jittered(recheckMistake)}, found.transient
}

// inUse tells whether the deletion of an identity would have to wait, and takes the finalizer off one that nothing rests on
// any more.
func (r *Reconciler) inUse(ctx context.Context, identity *v1alpha1.AWSIdentity) (bool, error) {
	users, err := r.users(ctx, identity, holds)
	if err != nil || len(users) > 0 || !object.Held(identity) {
		return len(users) > 0, err
	}
	return false, object.Release(ctx, r.Client, identity)
}

// holds reports whether a PeeredCluster holds the deletion of its identity: while it has itself something to take back.
func holds(cluster *v1alpha1.PeeredCluster) bool { return object.Held(cluster) }

// everyCluster is for whom any PeeredCluster counts that names the identity.
func everyCluster(*v1alpha1.PeeredCluster) bool { return true }

// forget drops the credentials of an identity that is gone, by its finalizer or without one.
func (r *Reconciler) forget(name client.ObjectKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if used, ok := r.used[name.Name]; ok {
		r.Cloud.Forget(used)
		delete(r.used, name.Name)
	}
}
