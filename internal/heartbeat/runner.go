package heartbeat

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Looks knows which objects are late.
type Looks interface {
	// Began says that this manager acts from now on: what it has not looked at yet is not late.
	Began()
	// Late are all objects that are late by so long, the latest first, and how many objects there are.
	Late(ctx context.Context, by time.Duration) (late []Late, objects int, err error)
}

// Runner beats while this manager acts.
type Runner struct {
	// Live reads past the cache: one Lease is not worth a watch.
	Live client.Reader
	// Client writes.
	Client    client.Client
	Namespace string
	// Holder is the pod's name.
	Holder string
	Looks  Looks
	Clock  clock.WithTicker
}

// NeedLeaderElection says that one replica does it.
func (*Runner) NeedLeaderElection() bool { return true }

// Start beats until the manager ends. A beat that fails is no reason to end: the next comes in a minute.
func (r *Runner) Start(ctx context.Context) error {
	r.Looks.Began()
	ticker := r.Clock.NewTicker(Every)
	defer ticker.Stop()
	for {
		if err := r.Beat(ctx); err != nil && ctx.Err() == nil {
			ctrl.LoggerFrom(ctx).Error(err, "Cannot renew the heartbeat; crossvpc tries again in a minute")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
	}
}

// Beat writes one heartbeat.
func (r *Runner) Beat(ctx context.Context) error {
	late, objects, err := r.Looks.Late(ctx, Patience)
	if err != nil {
		return err
	}
	beat := Beat{Holder: r.Holder, At: r.Clock.Now(), Objects: objects, Late: late}
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: Lease}}
	err = r.Live.Get(ctx, client.ObjectKeyFromObject(lease), lease)
	absent := apierrors.IsNotFound(err)
	if err != nil && !absent {
		return fmt.Errorf("reading Lease %s/%s: %w", r.Namespace, Lease, err)
	}
	if err := beat.into(lease); err != nil {
		return err
	}
	if absent {
		err = r.Client.Create(ctx, lease)
	} else {
		err = r.Client.Update(ctx, lease)
	}
	if err != nil {
		return fmt.Errorf("writing Lease %s/%s: %w", r.Namespace, Lease, err)
	}
	return nil
}
