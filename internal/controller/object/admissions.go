package object

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Admissions writes into the status of AWSIdentities which VPCPeerings they admitted, and to
// which VPCs. Hundreds may be admitted at once: those who come while a write is on its way
// share the next one.
type Admissions struct {
	// Live reads past the cache: admissions of a moment ago must not be lost.
	Live client.Reader
	// Client writes.
	Client client.Client

	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is what is to be written to one identity.
type lane struct {
	writing bool
	next    *batch
}

// batch is one write and who waits for it.
type batch struct {
	changes []func(*v1alpha1.AWSIdentityStatus)
	done    chan struct{}
	// errs is what came of each change, once it is done.
	errs []error
}

// Record returns when the identity's status says that it admitted the object to the VPC.
func (a *Admissions) Record(ctx context.Context, identity string, object types.UID, to Place) error {
	err := a.change(ctx, identity, func(status *v1alpha1.AWSIdentityStatus) { admit(status, object, to) })
	if err != nil {
		return fmt.Errorf("recording the admission in AWSIdentity %s: %w", identity, err)
	}
	return nil
}

// RecordFull reports whether the API server refused to record an admission because the AWSIdentity's status has no room for another.
func RecordFull(err error) bool { return apierrors.HasStatusCause(err, metav1.CauseTypeTooMany) }

// Forget drops what an identity says of an object that is gone. An identity that is gone, too,
// says nothing.
func (a *Admissions) Forget(ctx context.Context, identity string, object types.UID) error {
	err := a.change(ctx, identity, func(status *v1alpha1.AWSIdentityStatus) {
		KeepAdmissions(status, func(uid types.UID) bool { return uid != object })
	})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("dropping the admission in AWSIdentity %s: %w", identity, err)
	}
	return nil
}

func (a *Admissions) change(ctx context.Context, identity string, change func(*v1alpha1.AWSIdentityStatus)) error {
	joined, at := a.join(identity, change) //nolint:contextcheck // who gives up must not fail the others
	select {
	case <-joined.done:
		return joined.errs[at]
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join adds a change to the next batch, and says at which place.
func (a *Admissions) join(identity string, change func(*v1alpha1.AWSIdentityStatus)) (*batch, int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lanes == nil {
		a.lanes = map[string]*lane{}
	}
	of := a.lanes[identity]
	if of == nil {
		of = &lane{}
		a.lanes[identity] = of
	}
	if of.next == nil {
		of.next = &batch{done: make(chan struct{})}
	}
	joined := of.next
	joined.changes = append(joined.changes, change)
	if !of.writing {
		of.writing = true
		go a.write(identity, of)
	}
	return joined, len(joined.changes) - 1
}

// writeTimeout bounds one write with its attempts.
const writeTimeout = 30 * time.Second

// write continues until nobody waits. It has its own time.
func (a *Admissions) write(identity string, of *lane) {
	for {
		a.mu.Lock()
		now := of.next
		of.next = nil
		if now == nil {
			of.writing = false
			delete(a.lanes, identity)
			a.mu.Unlock()
			return
		}
		a.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
		now.errs = a.persistAll(ctx, identity, now.changes)
		cancel()
		close(now.done)
	}
}

// persistAll writes one by one what the API server refuses together: one that goes beyond a limit fails nobody else.
func (a *Admissions) persistAll(ctx context.Context, name string, changes []func(*v1alpha1.AWSIdentityStatus)) []error {
	errs, err := make([]error, len(changes)), a.persist(ctx, name, changes)
	for i := range changes {
		if errs[i] = err; apierrors.IsInvalid(err) && len(changes) > 1 {
			errs[i] = a.persist(ctx, name, changes[i:i+1])
		}
	}
	return errs
}

// mostAttempts are made where somebody else writes at the same moment.
const mostAttempts = 5

func (a *Admissions) persist(ctx context.Context, name string, changes []func(*v1alpha1.AWSIdentityStatus)) error {
	var err error
	for range mostAttempts {
		if err = a.persistOnce(ctx, name, changes); !apierrors.IsConflict(err) {
			return err
		}
	}
	return err
}

func (a *Admissions) persistOnce(ctx context.Context, name string, changes []func(*v1alpha1.AWSIdentityStatus)) error {
	identity := &v1alpha1.AWSIdentity{}
	if err := a.Live.Get(ctx, client.ObjectKey{Name: name}, identity); err != nil {
		return err
	}
	draft := NewDraft(a.Client, identity)
	for _, change := range changes {
		change(&identity.Status)
	}
	return draft.Persist(ctx)
}
