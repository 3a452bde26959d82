package cilium

import (
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
