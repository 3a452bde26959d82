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
	if forced := identity.Annotations[v1alpha1.AnnotationForceFinalize] == "true"; users.Any() && !forced {
		return r.serve(ctx, identity, users)
	}
	if err := object.Release(ctx, r.Client, identity); err != nil {
		return ctrl.Result{}, err
	}
	r.forget(client.ObjectKeyFromObject(identity))
	r.tellDeleted(identity, users)
	return ctrl.Result{}, nil
}

func (r *Reconciler) tellDeleted(identity *v1alpha1.AWSIdentity, users object.Users) {
	if !users.Any() {
		r.announcer(identity).Tell(eventDeleted, "Delete", "Nothing uses this identity any more.")
		return
	}
	r.announcer(identity).Warn(eventDeleted, "Delete", "The annotation "+v1alpha1.AnnotationForceFinalize+" released this AWSIdentity although these used it: "+
		message.List(users.All())+". They wait until an AWSIdentity of this name exists again.")
}

// serve keeps checking the credentials of an identity that waits for its users: what works
// through it keeps working.
func (r *Reconciler) serve(ctx context.Context, identity *v1alpha1.AWSIdentity, users object.Users) (ctrl.Result, error) {
	draft := object.NewDraft(r.Client, identity)
	found, err := r.checkAccount(ctx, identity)
	if err != nil {
		return ctrl.Result{}, err
	}
	if !found.keep {
		found.Message += " " + users.Hold("AWSIdentity", keepIdentity)
	}
	if found.Progress == verdict.Done {
		found.Reason = v1alpha1.ReasonInUse
	}
	if err := r.report(ctx, draft, found); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: r.jittered(recheckMistake)}, found.transient
}

// keepIdentity is for whoever deleted an identity by mistake: a deletion cannot be taken back.
const keepIdentity = "To keep this AWSIdentity, put it back into Git or save it, then set the annotation " + v1alpha1.AnnotationForceFinalize +
	` to "true". This one then goes at once. Create it again. Nothing in AWS changes meanwhile.`

// inUse tells whether the deletion of an identity would have to wait, and removes the finalizer from one that nothing rests on
// any more.
func (r *Reconciler) inUse(ctx context.Context, identity *v1alpha1.AWSIdentity) (bool, error) {
	users, err := r.users(ctx, identity, holds)
	if err != nil || users.Any() || !object.Held(identity) {
		return users.Any(), err
	}
	return false, object.Release(ctx, r.Client, identity)
}

// holds reports whether a PeeredCluster holds the deletion of its identity: while it has something to withdraw itself.
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
	delete(r.silentSince, name.Name)
	delete(r.answers, name.Name)
}
