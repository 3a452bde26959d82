package cluster

import (
	"context"
	"net/http"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// codecs are shared by all clusters: each set of them is tens of KiB.
var codecs = serializer.NewCodecFactory(scheme)

// feed lists and watches a kind at the API server.
type feed struct {
	kind      kind
	rest      rest.Interface
	resource  string
	namespace string // empty: all
}

// newFeed refuses a kind that the cluster does not know; [meta.IsNoMatchError] tells that.
func (c *Connection) newFeed(k kind, mapping *meta.RESTMapping) (*feed, error) {
	// The timeout of calls would end a watch.
	untimed := &http.Client{Transport: c.http.Transport}
	asked, err := apiutil.RESTClientForGVK(k.gvk, false, !scheme.Recognizes(k.gvk), c.Config, codecs, untimed)
	if err != nil {
		return nil, err
	}
	f := &feed{kind: k, rest: asked, resource: mapping.Resource.Resource}
	if k.ciliumOnly {
		f.namespace = c.ciliumNamespace
	}
	return f, nil
}

func (f *feed) request(options metav1.ListOptions) *rest.Request {
	return f.rest.Get().NamespaceIfScoped(f.namespace, f.namespace != "").Resource(f.resource).
		SpecificallyVersionedParams(&options, metav1.ParameterCodec, schema.GroupVersion{Version: "v1"})
}

func (f *feed) list(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	list, err := f.kind.list()
	if err != nil {
		return nil, err
	}
	return list, f.request(options).Do(ctx).Into(list)
}

func (f *feed) watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	options.Watch = true
	return f.request(options).Watch(ctx)
}

func (f *feed) listerWatcher() toolscache.ListerWatcherWithContext {
	return &toolscache.ListWatch{ListWithContextFunc: f.list, WatchFuncWithContext: f.watch}
}

// list is an empty list of the kind.
func (k kind) list() (runtime.Object, error) {
	of := k.gvk.GroupVersion().WithKind(k.gvk.Kind + "List")
	if scheme.Recognizes(of) {
		return scheme.New(of)
	}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(of)
	return list, nil
}
