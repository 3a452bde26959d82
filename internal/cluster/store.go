package cluster

import (
	"sync"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// store keeps the objects of one kind as a reflector tells of them, by namespace and name. An informer would keep beside them
// a queue of changes, its listeners' buffers and an index, for each kind of each cluster: more than the objects of a small
// cluster take. It implements toolscache.ReflectorStore.
type store struct {
	// changed is told of what came after the initial list and differs in what is kept.
	changed func()

	mu      sync.RWMutex
	objects map[string]map[string]client.Object
	filled  bool
}

func newStore(changed func()) *store {
	return &store{changed: changed, objects: map[string]map[string]client.Object{}}
}

// Add implements toolscache.ReflectorStore.
func (s *store) Add(object any) error { return s.Update(object) }

// Update implements toolscache.ReflectorStore.
func (s *store) Update(object any) error {
	after, ok := object.(client.Object)
	if !ok {
		return nil // what is no object is kept by nobody
	}
	s.mu.Lock()
	before := s.objects[after.GetNamespace()][after.GetName()]
	put(s.objects, after)
	s.mu.Unlock()
	if before == nil || !same(before, after) {
		s.changed()
	}
	return nil
}

// Delete implements toolscache.ReflectorStore.
func (s *store) Delete(object any) error {
	gone, ok := object.(client.Object)
	if !ok {
		return nil
	}
	s.mu.Lock()
	known := s.objects[gone.GetNamespace()]
	delete(known, gone.GetName())
	if len(known) == 0 {
		delete(s.objects, gone.GetNamespace())
	}
	s.mu.Unlock()
	s.changed()
	return nil
}

// Replace implements toolscache.ReflectorStore: everything was read from the beginning.
func (s *store) Replace(items []any, _ string) error {
	fresh := map[string]map[string]client.Object{}
	for _, item := range items {
		if object, ok := item.(client.Object); ok {
			put(fresh, object)
		}
	}
	s.mu.Lock()
	former, again := s.objects, s.filled
	s.objects, s.filled = fresh, true
	s.mu.Unlock()
	if again && !sameAll(former, fresh) {
		s.changed()
	}
	return nil
}

// Resync implements toolscache.ReflectorStore: there is nothing to tell anybody again.
func (s *store) Resync() error { return nil }

func put(objects map[string]map[string]client.Object, object client.Object) {
	if objects[object.GetNamespace()] == nil {
		objects[object.GetNamespace()] = map[string]client.Object{}
	}
	objects[object.GetNamespace()][object.GetName()] = object
}

func sameAll(before, after map[string]map[string]client.Object) bool {
	if len(before) != len(after) {
		return false
	}
	for namespace, objects := range after {
		if len(before[namespace]) != len(objects) {
			return false
		}
		for name, object := range objects {
			if former := before[namespace][name]; former == nil || !same(former, object) {
				return false
			}
		}
	}
	return true
}

// isFilled is whether the objects are there.
func (s *store) isFilled() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.filled
}

// find gives an object, shared; nil: there is none.
func (s *store) find(key client.ObjectKey) client.Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.objects[key.Namespace][key.Name]
}

// list gives the objects of a namespace, or of all where it is empty, which the selector, if any, matches. They are shared.
func (s *store) list(namespace string, selector labels.Selector) []runtime.Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	chosen := s.objects
	if namespace != "" {
		chosen = map[string]map[string]client.Object{namespace: s.objects[namespace]}
	}
	var found []runtime.Object
	for _, objects := range chosen {
		for _, object := range objects {
			if selector == nil || selector.Matches(labels.Set(object.GetLabels())) {
				found = append(found, object)
			}
		}
	}
	return found
}
