package cluster

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// watched keeps the objects of one kind, as the API server last told.
type watched struct {
	kind   kind
	cache  cache.Cache
	health *watchHealth
	stop   context.CancelFunc
	// filled is whether the objects are there.
	filled toolscache.InformerSynced
}

// startWatch opens a watch; it runs until stopped.
func (c *Connection) startWatch(ctx context.Context, k kind) (*watched, error) {
	w := &watched{kind: k, health: &watchHealth{clock: c.clock, heard: c.clock.Now(), kept: newKept(c.account, k.trim)}}
	var err error
	if w.cache, err = cache.New(c.Config, c.cacheOptions(k, w.health)); err != nil {
		return nil, fmt.Errorf("watching %s: %w", k.gvk.Kind, err)
	}
	informer, err := w.cache.GetInformer(ctx, k.object(), cache.BlockUntilSynced(false))
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", k.gvk.Kind, err)
	}
	registration, err := informer.AddEventHandler(tellOf(k, c.changes.tell))
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", k.gvk.Kind, err)
	}
	w.filled = registration.HasSynced
	// It outlives the reconciliation that happened to be first.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = func() {
		stop()
		w.health.kept.release()
	}
	go func() {
		if err := w.cache.Start(running); err != nil {
			w.health.fail(err)
		}
	}()
	return w, nil
}

func (c *Connection) cacheOptions(k kind, p *watchHealth) cache.Options {
	shared := true
	options := cache.Options{
		// The timeout of calls would end a watch.
		HTTPClient: &http.Client{Transport: c.http.Transport},
		Scheme:     scheme, Mapper: c.live.RESTMapper(),
		DefaultTransform: k.trim,
		// Copies of thousands of pods at each reconciliation would be most of what is allocated.
		DefaultUnsafeDisableDeepCopy: &shared,
		DefaultWatchErrorHandler: func(ctx context.Context, _ *toolscache.Reflector, err error) {
			ctrl.LoggerFrom(ctx).V(1).Info("watch", "kind", k.gvk.Kind, "server", c.Config.Host, "error", err.Error())
		},
		NewInformer: func(source toolscache.ListerWatcher, example runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
			return toolscache.NewSharedIndexInformer(p.listen(toolscache.ToListerWatcherWithContext(source)), example, resync, indexers)
		},
	}
	if k.ciliumOnly {
		options.DefaultNamespaces = map[string]cache.Config{c.ciliumNamespace: {}}
	}
	return options
}

// wait returns nil once the watch shows what there is, or why it does not.
func (w *watched) wait(ctx context.Context) error {
	var broken error
	err := wait.PollUntilContextTimeout(ctx, fillPoll, fillTimeout, true, func(context.Context) (bool, error) {
		broken = w.health.broken()
		return broken == nil && w.filled() && w.health.heardWithin(longestSilence), broken
	})
	if broken != nil {
		err = broken
	}
	if err != nil {
		return fmt.Errorf("watching %s: %w", w.kind.gvk.Kind, err)
	}
	return nil
}

// find gives the object as the watch shows it, shared; nil if it shows none.
func (w *watched) find(ctx context.Context, key client.ObjectKey) (client.Object, error) {
	object := w.kind.object()
	if err := w.cache.Get(ctx, key, object); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return object, nil
}
