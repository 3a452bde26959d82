package cluster

import (
	"context"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// watchedClient reads kinds that are watched from their watches, and everything
// else from the API server; what it writes of the former is noted.
type watchedClient struct {
	client.Client // asks the API server

	watches *watches
	written *written
}

// Get implements client.Reader.
func (c *watchedClient) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	gvk, is := c.isShown(object)
	if !is {
		return c.Client.Get(ctx, key, object, options...)
	}
	watch, err := c.watches.get(ctx, gvk)
	if err != nil {
		return err
	}
	return watch.read(key, object)
}

// List implements client.Reader. The objects are shared with everybody else who
// lists: only copies may be changed. A list by field is short, and a page is for who
// wants it as the API server has it: both are asked for.
func (c *watchedClient) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	gvk, is := c.isShown(list)
	how := (&client.ListOptions{}).ApplyOptions(options)
	if !is || how.FieldSelector != nil || how.Limit > 0 || how.Continue != "" {
		return c.Client.List(ctx, list, options...)
	}
	watch, err := c.watches.get(ctx, gvk)
	if err != nil {
		return err
	}
	return watch.list(list, how)
}

// isShown is whether a watch shows what is asked for, in the form in which it is: what is kept as its type is not read
// without one, and nothing is kept as metadata alone.
func (c *watchedClient) isShown(object runtime.Object) (schema.GroupVersionKind, bool) {
	gvk, is := c.isWatched(object)
	switch object.(type) {
	case *metav1.PartialObjectMetadata, *metav1.PartialObjectMetadataList:
		return gvk, false
	case runtime.Unstructured:
		return gvk, is && !scheme.Recognizes(gvk)
	default:
		return gvk, is
	}
}

func (c *watchedClient) isWatched(object runtime.Object) (schema.GroupVersionKind, bool) {
	gvk, err := c.GroupVersionKindFor(object)
	if err != nil {
		return gvk, false
	}
	gvk.Kind = strings.TrimSuffix(gvk.Kind, "List")
	_, is := kinds[gvk]
	return gvk, is
}

// Create implements client.Writer.
func (c *watchedClient) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	if err := c.Client.Create(ctx, object, options...); err != nil {
		return err
	}
	c.note(object, write{version: object.GetResourceVersion(), created: true})
	return nil
}

// Update implements client.Writer.
func (c *watchedClient) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	if err := c.Client.Update(ctx, object, options...); err != nil {
		return err
	}
	c.note(object, write{version: object.GetResourceVersion()})
	return nil
}

// Patch implements client.Writer.
func (c *watchedClient) Patch(ctx context.Context, object client.Object, patch client.Patch, options ...client.PatchOption) error {
	if err := c.Client.Patch(ctx, object, patch, options...); err != nil {
		return err
	}
	c.note(object, write{version: object.GetResourceVersion()})
	return nil
}

// Apply implements client.Writer.
func (c *watchedClient) Apply(ctx context.Context, object runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	if err := c.Client.Apply(ctx, object, options...); err != nil {
		return err
	}
	if applied, ok := object.(client.Object); ok {
		c.note(applied, write{version: applied.GetResourceVersion()})
	}
	return nil
}

// Delete implements client.Writer.
func (c *watchedClient) Delete(ctx context.Context, object client.Object, options ...client.DeleteOption) error {
	if err := c.Client.Delete(ctx, object, options...); err != nil {
		return err
	}
	how := (&client.DeleteOptions{}).ApplyOptions(options)
	c.noteGone(object, how.Preconditions)
	return nil
}

// SubResource implements client.SubResourceClientConstructor.
func (c *watchedClient) SubResource(name string) client.SubResourceClient {
	return &watchedSubResource{SubResourceClient: c.Client.SubResource(name), parent: c, name: name}
}

func (c *watchedClient) note(object client.Object, what write) {
	if gvk, is := c.isWatched(object); is {
		c.written.note(gvk, client.ObjectKeyFromObject(object), what)
	}
}

func (c *watchedClient) noteGone(object client.Object, condition *metav1.Preconditions) {
	what := write{uid: object.GetUID()}
	if condition != nil && condition.UID != nil {
		what.uid = *condition.UID
	}
	c.note(object, what)
}

// watchedSubResource notes evictions: a pod that was evicted is being deleted.
type watchedSubResource struct {
	client.SubResourceClient

	parent *watchedClient
	name   string
}

// Create implements client.SubResourceWriter.
func (c *watchedSubResource) Create(ctx context.Context, object, sub client.Object, options ...client.SubResourceCreateOption) error {
	if err := c.SubResourceClient.Create(ctx, object, sub, options...); err != nil {
		return err
	}
	if c.name == "eviction" {
		c.parent.noteGone(object, nil)
	}
	return nil
}
