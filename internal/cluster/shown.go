package cluster

import (
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// find gives the object as the watch shows it, shared; nil if it shows none.
func (w *watched) find(key client.ObjectKey) (client.Object, error) {
	if !w.namespaced {
		key.Namespace = ""
	}
	if err := w.shows(key.Namespace); err != nil {
		return nil, err
	}
	return w.store.find(key), nil
}

// read copies the object that the watch shows: it may be changed by who asked for it.
func (w *watched) read(key client.ObjectKey, into client.Object) error {
	found, err := w.find(key)
	if err != nil {
		return err
	}
	if found == nil {
		return apierrors.NewNotFound(schema.GroupResource{Group: w.kind.gvk.Group, Resource: w.kind.gvk.Kind}, key.Name)
	}
	copied, target := reflect.ValueOf(found.DeepCopyObject()), reflect.ValueOf(into)
	if copied.Type() != target.Type() {
		return fmt.Errorf("the watch shows %s, and %s was asked for", copied.Type(), target.Type())
	}
	target.Elem().Set(copied.Elem())
	into.GetObjectKind().SetGroupVersionKind(w.kind.gvk)
	return nil
}

// list gives the objects that the watch shows, shared.
func (w *watched) list(into client.ObjectList, how *client.ListOptions) error {
	namespace := how.Namespace
	if !w.namespaced {
		namespace = ""
	}
	if namespace != "" {
		if err := w.shows(namespace); err != nil {
			return err
		}
	}
	return meta.SetList(into, w.store.list(namespace, how.LabelSelector))
}

// shows refuses a namespace that is not watched: that nothing is known of it does not mean that there is nothing.
func (w *watched) shows(namespace string) error {
	if w.only == "" || namespace == w.only {
		return nil
	}
	return fmt.Errorf("%s is watched in namespace %q only, and asked for in %q", w.kind.gvk.Kind, w.only, namespace)
}
