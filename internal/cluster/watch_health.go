package cluster

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
)

// watchHealth tells whether what a watch shows can be relied on.
type watchHealth struct {
	clock clock.PassiveClock
	// kept is what the watch keeps, counted before it is.
	kept *kept

	mu sync.Mutex
	// heard is when the API server last said something; everything before that is shown.
	heard time.Time
	// filled: the watch is past its initial list, the present one included.
	filled bool
	failed error
}

// heardWithin reports whether what is shown is no older than that.
func (p *watchHealth) heardWithin(age time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.filled && p.failed == nil && p.clock.Since(p.heard) <= age
}

// broken says why the watch does not work; nil while it does, or may yet.
func (p *watchHealth) broken() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil && p.clock.Since(p.heard) > longestSilence {
		return fmt.Errorf("nothing was heard: %w", context.DeadlineExceeded)
	}
	return p.failed
}

func (p *watchHealth) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = err
}

func (p *watchHealth) opened(filling bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard, p.failed, p.filled = p.clock.Now(), nil, !filling
}

func (p *watchHealth) hear(e watch.Event) {
	if e.Type == watch.Error {
		p.fail(apierrors.FromObject(e.Object))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = p.clock.Now()
	if e.Type != watch.Bookmark {
		return
	}
	if accessor, err := meta.Accessor(e.Object); err == nil && accessor.GetAnnotations()[metav1.InitialEventsAnnotationKey] == "true" {
		p.filled = true
	}
}

// listen makes the health follow everything that is listed and watched.
func (p *watchHealth) listen(source toolscache.ListerWatcherWithContext) *toolscache.ListWatch {
	return &toolscache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			list, err := p.page(ctx, source, options)
			if err != nil {
				p.fail(err)
			}
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.TimeoutSeconds = new(int64(streamLength / time.Second))
			return p.follow(ctx, source, options)
		},
	}
}

// pageSize bounds a page of a list: the API server would give 500 objects, or all that its
// own cache has where the version is "0".
const pageSize = 250

func (p *watchHealth) page(ctx context.Context, source toolscache.ListerWatcherWithContext, options metav1.ListOptions) (runtime.Object, error) {
	if options.ResourceVersion == "0" {
		options.ResourceVersion = ""
	}
	if options.ResourceVersion == "" {
		options.Limit = pageSize
	}
	if options.Continue == "" {
		p.kept.restart()
	}
	list, err := source.ListWithContext(ctx, options)
	if err != nil {
		return nil, err
	}
	return list, p.kept.addAll(list)
}

func (p *watchHealth) follow(ctx context.Context, source toolscache.ListerWatcherWithContext, options metav1.ListOptions) (watch.Interface, error) {
	filling := options.SendInitialEvents != nil && *options.SendInitialEvents
	stream, err := source.WatchWithContext(ctx, options)
	if err != nil {
		// An API server that does not stream lists says so, and is asked for a list next.
		if !filling || !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) {
			p.fail(err)
		}
		return nil, err
	}
	p.opened(filling)
	if filling {
		p.kept.restart()
	}
	return filter(stream, func(e watch.Event) (watch.Event, bool) {
		if err := p.kept.note(e); err != nil {
			p.fail(err)
			return e, false
		}
		p.hear(e)
		return e, true
	}), nil
}
