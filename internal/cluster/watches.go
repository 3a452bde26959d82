package cluster

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// watches are the open ones of a cluster; each is opened when it is first asked for.
type watches struct {
	start func(context.Context, kind) (*watched, error)

	mu     sync.Mutex
	open   map[schema.GroupVersionKind]*watched
	closed bool
}

// get gives the watch of a kind, filled and alive. One that broke is reopened,
// so that a cluster which is reached again is not waited for any longer.
func (w *watches) get(ctx context.Context, gvk schema.GroupVersionKind) (*watched, error) {
	found, err := w.opened(ctx, gvk)
	if err != nil {
		return nil, err
	}
	return found, found.wait(ctx)
}

var errClosed = errors.New("the connection was closed")

func (w *watches) opened(ctx context.Context, gvk schema.GroupVersionKind) (*watched, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, errClosed
	}
	if found := w.open[gvk]; found != nil {
		if found.health.broken() == nil {
			return found, nil
		}
		found.stop()
		delete(w.open, gvk)
	}
	started, err := w.start(ctx, kinds[gvk])
	if err == nil {
		w.open[gvk] = started
	}
	return started, err
}

// renew makes the next request for a watch open it again.
func (w *watches) renew(gvk schema.GroupVersionKind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if found := w.open[gvk]; found != nil {
		found.stop()
		delete(w.open, gvk)
	}
}

func (w *watches) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, found := range w.open {
		found.stop()
	}
	clear(w.open)
}

// all waits for every watch that decisions rest on, side by side: those of Cilium
// only where the cluster knows the kind.
func (w *watches) all(ctx context.Context, mapper meta.RESTMapper) error {
	needed := []schema.GroupVersionKind{Node, Pod, PodDisruptionBudget}
	for _, choice := range [][]schema.GroupVersionKind{{CiliumNode}, {CiliumNodeConfig, CiliumNodeConfigBefore}} {
		served, err := firstServed(mapper, choice)
		if err != nil {
			return err
		}
		needed = append(needed, served...)
	}
	for _, gvk := range needed {
		if _, err := w.opened(ctx, gvk); err != nil {
			return err
		}
	}
	for _, gvk := range needed {
		if _, err := w.get(ctx, gvk); err != nil {
			return err
		}
	}
	return nil
}

func firstServed(mapper meta.RESTMapper, choice []schema.GroupVersionKind) ([]schema.GroupVersionKind, error) {
	for _, gvk := range choice {
		_, err := mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
		switch {
		case err == nil:
			return []schema.GroupVersionKind{gvk}, nil
		case !meta.IsNoMatchError(err):
			return nil, err
		}
	}
	return nil, nil
}

func (w *watches) heardWithin(gvk schema.GroupVersionKind, age time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.open[gvk]
	return found != nil && found.health.heardWithin(age)
}
