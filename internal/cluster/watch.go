package cluster

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/wait"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
)

// watched keeps the objects of one kind, as the API server last told.
type watched struct {
	kind   kind
	store  *store
	health *watchHealth
	stop   context.CancelFunc
	// namespaced: the kind's objects have a namespace.
	namespaced bool
	// only is the one namespace that is watched; empty: all are.
	only string
}

// startWatch opens a watch; it runs until stopped.
func (c *Connection) startWatch(ctx context.Context, k kind) (*watched, error) {
	mapping, err := c.live.RESTMapper().RESTMapping(k.gvk.GroupKind(), k.gvk.Version)
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", k.gvk.Kind, err)
	}
	from, err := c.newFeed(k, mapping)
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", k.gvk.Kind, err)
	}
	w := &watched{
		kind:       k,
		store:      newStore(func() { c.changes.tell(k) }),
		health:     &watchHealth{clock: c.clock, heard: c.clock.Now(), kept: newKept(c.account, k.trim)},
		namespaced: mapping.Scope.Name() == meta.RESTScopeNameNamespace,
		only:       from.namespace,
	}
	// It outlives the reconciliation that happened to be first.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = func() {
		stop()
		w.health.kept.release()
	}
	go w.run(running, from, c.Config.Host)
	return w, nil
}

// Pauses between attempts at a watch are client-go's own
// (https://pkg.go.dev/k8s.io/client-go/tools/cache#Reflector.RunWithContext), whose loop logs what servers say as errors.
var pauses = wait.Backoff{Duration: 800 * time.Millisecond, Cap: 30 * time.Second, Steps: 38, Factor: 2, Jitter: 1}

// pausesEnd is how long a server has to be well for the pauses to start from the shortest again.
const pausesEnd = 2 * time.Minute

// run keeps the store as the server tells.
func (w *watched) run(ctx context.Context, from *feed, server string) {
	name := w.kind.gvk.Kind
	reflector := toolscache.NewReflectorWithOptions(w.health.listen(from.listerWatcher()), w.kind.object(), w.store, toolscache.ReflectorOptions{Name: name})
	_ = pauses.DelayWithReset(clock.RealClock{}, pausesEnd).Until(ctx, true, true, func(ctx context.Context) (bool, error) {
		if err := reflector.ListAndWatchWithContext(ctx); err != nil {
			ctrl.LoggerFrom(ctx).V(1).Info("watch", "kind", name, "server", server, "error", err.Error())
		}
		return false, nil // until it is stopped
	})
}

// wait returns nil once the watch shows what there is, or why it does not.
func (w *watched) wait(ctx context.Context) error {
	var broken error
	err := wait.PollUntilContextTimeout(ctx, fillPoll, fillTimeout, true, func(context.Context) (bool, error) {
		broken = w.health.broken()
		return broken == nil && w.store.isFilled() && w.health.heardWithin(longestSilence), broken
	})
	if broken != nil {
		err = broken
	}
	if err != nil {
		return fmt.Errorf("watching %s: %w", w.kind.gvk.Kind, err)
	}
	return nil
}
