package cluster

import (
	"hash/maphash"
	"reflect"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	toolscache "k8s.io/client-go/tools/cache"

	"github.com/crossvpc/crossvpc/internal/cluster/guard"
)

const (
	// longestName is that of any object.
	// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
	longestName = 253
	// longestContinue is more than any API server asks us to send back.
	longestContinue = 8 << 10
	// perObject is what the store and its indexes take for an object besides it.
	perObject = 512
)

// kept counts what a watch keeps, before it does: objects are trimmed here, as they come in.
type kept struct {
	account *guard.Account
	trim    toolscache.TransformFunc
	seed    maphash.Seed

	mu       sync.Mutex
	sizes    map[uint64]int64
	total    int64
	released bool
}

func newKept(account *guard.Account, trim toolscache.TransformFunc) *kept {
	return &kept{account: account, trim: trim, seed: maphash.MakeSeed(), sizes: map[uint64]int64{}}
}

// restart: everything is read from the beginning.
func (k *kept) restart() {
	k.mu.Lock()
	defer k.mu.Unlock()
	_ = k.account.Take(-k.total)
	k.total = 0
	clear(k.sizes)
}

// release gives back what was kept; nothing is counted from then on.
func (k *kept) release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.released = true // in one step with what follows: an event in between would never be given back
	_ = k.account.Take(-k.total)
	k.total = 0
	clear(k.sizes)
}

func (k *kept) addAll(list runtime.Object) error {
	accessor, err := meta.ListAccessor(list)
	if err != nil {
		return err
	}
	if len(accessor.GetContinue()) > longestContinue {
		return k.account.Exceed(guard.TooMuch("more than %d bytes to continue a list", longestContinue))
	}
	return meta.EachListItem(list, func(object runtime.Object) error { return k.set(object) })
}

// note counts an event. What it brings is trimmed.
func (k *kept) note(e watch.Event) error {
	switch e.Type {
	case watch.Added, watch.Modified:
		return k.set(e.Object)
	case watch.Deleted:
		return k.put(e.Object, 0)
	case watch.Bookmark, watch.Error:
	}
	return nil
}

func (k *kept) set(object runtime.Object) error {
	trimmed, err := k.trim(object)
	if err != nil {
		return err
	}
	return k.put(object, weigh(trimmed))
}

func (k *kept) put(object runtime.Object, size int64) error {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return nil // what is no object is kept by nobody
	}
	if len(accessor.GetName()) > longestName || len(accessor.GetNamespace()) > longestName {
		return k.account.Exceed(guard.TooMuch("more than %d characters in a name", longestName))
	}
	key := maphash.String(k.seed, accessor.GetNamespace()+"/"+accessor.GetName())
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.released {
		return nil
	}
	grown := size - k.sizes[key]
	if k.sizes[key] = size; size == 0 {
		delete(k.sizes, key)
	}
	k.total += grown
	return k.account.Take(grown)
}

// weigh is about what an object takes in memory.
func weigh(object any) int64 {
	switch o := object.(type) {
	case *unstructured.Unstructured:
		return perObject + weighValue(o.Object)
	case interface{ Size() int }: // its strings, as protobuf would have them
		return perObject + int64(reflect.TypeOf(o).Elem().Size()) + 2*int64(o.Size()) //nolint:gosec // no object has a size of exabytes
	default:
		return perObject
	}
}

func weighValue(value any) int64 {
	const header = 48
	switch v := value.(type) {
	case map[string]any:
		size := int64(header)
		for key, value := range v {
			size += header + int64(len(key)) + weighValue(value)
		}
		return size
	case []any:
		size := int64(header)
		for _, value := range v {
			size += weighValue(value)
		}
		return size
	case string:
		return header/2 + int64(len(v))
	default:
		return header / 2
	}
}
