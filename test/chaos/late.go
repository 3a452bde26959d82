package chaos

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// How a cache is late.
const (
	// Punctual shows what the API server has.
	Punctual Lateness = iota
	// Delayed shows each state of an object, some looks later.
	Delayed
	// Dropped shows nothing new until the cache lists again, some looks later.
	Dropped
	// Merged shows no state in between: what came last in some looks, all at once, but object by object.
	Merged
)

// Lateness is a kind of being late.
type Lateness int

// Late reads some kinds from a cache that may be late, and everything else from the API server, where it also writes. What
// it shows changes only at a [Late.Look], so that the same schedule ends in the same way. It is safe for concurrent use.
type Late struct {
	client.Client

	kinds   map[schema.GroupVersionKind]func() client.ObjectList
	indexes map[string]client.IndexerFunc
	within  []client.ListOption

	mu    sync.Mutex
	how   Lateness
	looks int
	// seen is what the API server had at the last look, shown is what the cache shows.
	seen, shown map[objectKey]client.Object
	waiting     []delivery
}

type objectKey struct {
	kind schema.GroupVersionKind
	client.ObjectKey
}

// delivery is a state of an object that is not shown yet; nil: it is gone.
type delivery struct {
	of    objectKey
	state client.Object
	// in is how many looks it still takes.
	in int
}

// NewLate makes a cache of these kinds over a client; indexes are those that lists ask for by field. within bounds what
// it lists, as by a namespace.
func NewLate(live client.Client, indexes map[string]client.IndexerFunc, within []client.ListOption, lists ...func() client.ObjectList) (*Late, error) {
	l := &Late{Client: live, kinds: map[schema.GroupVersionKind]func() client.ObjectList{}, indexes: indexes, within: within}
	for _, list := range lists {
		gvk, err := itemKind(live, list())
		if err != nil {
			return nil, err
		}
		l.kinds[gvk] = list
	}
	return l, nil
}

func itemKind(kube client.Client, object runtime.Object) (schema.GroupVersionKind, error) {
	gvk, err := kube.GroupVersionKindFor(object)
	if err != nil {
		return gvk, fmt.Errorf("chaos: %w", err)
	}
	if meta.IsListType(object) {
		gvk.Kind = gvk.Kind[:len(gvk.Kind)-len("List")]
	}
	return gvk, nil
}

// Be makes the cache late in some way from now on, by so many looks.
func (l *Late) Be(ctx context.Context, how Lateness, looks int) error {
	present, err := l.list(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.how, l.looks, l.waiting, l.seen = how, looks, nil, present
	if l.shown = nil; how != Punctual {
		l.shown = maps.Clone(present)
	}
	return nil
}

// Look has the cache take notice of what changed, and show what is due.
func (l *Late) Look(ctx context.Context) error {
	if l.punctual() {
		return nil
	}
	present, err := l.list(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notice(present)
	l.seen = present
	l.show(present)
	return nil
}

func (l *Late) punctual() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.how == Punctual
}

func (l *Late) list(ctx context.Context) (map[objectKey]client.Object, error) {
	found := map[objectKey]client.Object{}
	for kind, newList := range l.kinds {
		list := newList()
		if err := l.Client.List(ctx, list, l.within...); err != nil {
			return nil, fmt.Errorf("chaos: %w", err)
		}
		err := meta.EachListItem(list, func(item runtime.Object) error {
			object := item.(client.Object)
			found[objectKey{kind, client.ObjectKeyFromObject(object)}] = object
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("chaos: %w", err)
		}
	}
	return found, nil
}

// notice queues what changed since the last look.
func (l *Late) notice(present map[objectKey]client.Object) {
	for key, object := range present {
		if was := l.seen[key]; was == nil || was.GetResourceVersion() != object.GetResourceVersion() {
			l.waiting = append(l.waiting, delivery{of: key, state: object, in: l.looks})
		}
	}
	for key := range l.seen {
		if present[key] == nil {
			l.waiting = append(l.waiting, delivery{of: key, in: l.looks})
		}
	}
}

// show applies what is due.
func (l *Late) show(present map[objectKey]client.Object) {
	var later []delivery
	for i := range l.waiting {
		d := l.waiting[i]
		d.in--
		if d.in > 0 {
			later = append(later, d)
			continue
		}
		switch l.how {
		case Dropped: // the first that is due is when the cache lists again
			l.shown, l.waiting = maps.Clone(present), nil
			return
		case Merged: // with the object's first state comes its last
			d.state = present[d.of]
		}
		if l.shown[d.of] = d.state; d.state == nil {
			delete(l.shown, d.of)
		}
	}
	l.waiting = later
}

// cached is what the cache shows of a kind; false: it is asked of the API server.
func (l *Late) cached(object runtime.Object) (schema.GroupVersionKind, bool) {
	gvk, err := itemKind(l.Client, object)
	l.mu.Lock()
	defer l.mu.Unlock()
	return gvk, err == nil && l.kinds[gvk] != nil && l.how != Punctual
}

// Get implements client.Reader.
func (l *Late) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	gvk, cached := l.cached(into)
	if !cached {
		return l.Client.Get(ctx, key, into, options...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.shown[objectKey{gvk, key}]
	if found == nil {
		return apierrors.NewNotFound(schema.GroupResource{Group: gvk.Group, Resource: gvk.Kind}, key.Name)
	}
	reflect.ValueOf(into).Elem().Set(reflect.ValueOf(found.DeepCopyObject()).Elem())
	return nil
}

// List implements client.Reader.
func (l *Late) List(ctx context.Context, into client.ObjectList, options ...client.ListOption) error {
	gvk, cached := l.cached(into)
	if !cached {
		return l.listLive(ctx, into, options...)
	}
	asked := (&client.ListOptions{}).ApplyOptions(options)
	l.mu.Lock()
	defer l.mu.Unlock()
	var items []runtime.Object
	for key, object := range l.shown {
		if key.kind == gvk && l.selects(asked, object) {
			items = append(items, object.DeepCopyObject())
		}
	}
	return meta.SetList(into, items)
}
