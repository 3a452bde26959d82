package object

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// Object is an object of ours; the three kinds of v1alpha1 are.
type Object interface {
	client.Object
	conditions.Object
	// StatusValue points at status.
	StatusValue() any
}

// afterConflict is when to come again after somebody else wrote first, or an earlier
// reconciliation of ours whose write the cache does not show yet.
const afterConflict = 200 * time.Millisecond

// Kind says how the objects of one kind are reconciled.
type Kind[T Object] struct {
	// Reader reads the object: from the cache, or past it where a stale one would do harm.
	Reader client.Reader
	// Client writes it.
	Client client.Client
	// Rest handles an object that nothing may touch and tells whether this is one; it
	// gets no finalizer. nil: none is.
	Rest func(context.Context, T) (bool, error)
	// InUse tells whether something rests on an object: only then it gets our finalizer, so
	// that what nobody uses goes at once, also where no manager lives. nil: always.
	InUse func(context.Context, T) (bool, error)
	// Reconcile takes an object a step further. It has our finalizer if it is in use.
	Reconcile func(context.Context, T) (ctrl.Result, error)
	// Finalize takes an object a step further that is being deleted and has our finalizer.
	Finalize func(context.Context, T) (ctrl.Result, error)
	// Gone drops what is remembered of an object that does not exist any more, also where
	// somebody else removed our finalizer. nil: nothing is.
	Gone func(name client.ObjectKey)
}

// Run reconciles the object of a request; it is read into the empty object.
func (k Kind[T]) Run(ctx context.Context, request ctrl.Request, object T) (ctrl.Result, error) {
	result, err := k.run(ctx, request, object)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: afterConflict}, nil
	}
	if err != nil {
		// Backoff says when; of a result beside an error controller-runtime only warns.
		return ctrl.Result{}, err
	}
	return result, nil
}

func (k Kind[T]) run(ctx context.Context, request ctrl.Request, object T) (ctrl.Result, error) {
	if err := k.Reader.Get(ctx, request.NamespacedName, object); err != nil {
		if apierrors.IsNotFound(err) && k.Gone != nil {
			k.Gone(request.NamespacedName)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !object.GetDeletionTimestamp().IsZero() {
		return k.finalize(ctx, object)
	}
	if k.Rest != nil {
		if rests, err := k.Rest(ctx, object); rests || err != nil {
			return ctrl.Result{}, err
		}
	}
	if err := k.hold(ctx, object); err != nil {
		return ctrl.Result{}, err
	}
	return k.Reconcile(ctx, object)
}

func (k Kind[T]) hold(ctx context.Context, object T) error {
	if k.InUse != nil {
		if used, err := k.InUse(ctx, object); !used || err != nil {
			return err
		}
	}
	return Hold(ctx, k.Client, object)
}

func (k Kind[T]) finalize(ctx context.Context, object T) (ctrl.Result, error) {
	if !Held(object) {
		return ctrl.Result{}, nil
	}
	return k.Finalize(ctx, object)
}
