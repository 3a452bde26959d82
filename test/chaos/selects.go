package chaos

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// listLive has the API server's answer for what the cache's indexes select, which the API server does not know.
func (l *Late) listLive(ctx context.Context, into client.ObjectList, options ...client.ListOption) error {
	asked := (&client.ListOptions{}).ApplyOptions(options)
	if !l.byIndex(asked) {
		return l.Client.List(ctx, into, options...)
	}
	all := *asked
	all.FieldSelector = nil
	if err := l.Client.List(ctx, into, &all); err != nil {
		return err
	}
	var items []runtime.Object
	err := meta.EachListItem(into, func(item runtime.Object) error {
		if l.selects(asked, item.(client.Object)) {
			items = append(items, item.DeepCopyObject())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("chaos: %w", err)
	}
	return meta.SetList(into, items)
}

func (l *Late) byIndex(asked *client.ListOptions) bool {
	if asked.FieldSelector == nil {
		return false
	}
	for field := range l.indexes {
		if _, is := asked.FieldSelector.RequiresExactMatch(field); is {
			return true
		}
	}
	return false
}

// selects reports whether a list asks for the object.
func (l *Late) selects(asked *client.ListOptions, object client.Object) bool {
	if asked.Namespace != "" && object.GetNamespace() != asked.Namespace {
		return false
	}
	if asked.LabelSelector != nil && !asked.LabelSelector.Matches(labels.Set(object.GetLabels())) {
		return false
	}
	if asked.FieldSelector == nil {
		return true
	}
	for field, keys := range l.indexes {
		if value, is := asked.FieldSelector.RequiresExactMatch(field); is && !slices.Contains(keys(object), value) {
			return false
		}
	}
	return true
}
