package cilium

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// KindOf names one of Cilium's kinds, such as CiliumNodeConfig, in a version of its API.
func KindOf(kind, version string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "cilium.io", Version: version, Kind: kind}
}

// ListOf is an empty list of one of Cilium's kinds, to be read into.
func ListOf(kind, version string) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(KindOf(kind+"List", version))
	return list
}

// FirstServed asks for lists of one kind in several versions, in this order, and gives the first whose version the cluster
// serves; nil: it serves none of them, and there are no such objects.
func FirstServed(ask func(*unstructured.UnstructuredList) error, lists ...*unstructured.UnstructuredList) (*unstructured.UnstructuredList, error) {
	for _, list := range lists {
		if err := ask(list); !meta.IsNoMatchError(err) && !apierrors.IsNotFound(err) {
			return list, err
		}
	}
	return nil, nil
}
