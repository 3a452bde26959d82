package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cluster/guard"
)

// mostPages of a list that is asked for: such lists are of a few objects.
const mostPages = 400

// pagedClient lists by the page: no cluster answers with everything at once.
type pagedClient struct {
	client.Client

	account *guard.Account
}

// List implements client.Reader.
func (c *pagedClient) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	how := (&client.ListOptions{}).ApplyOptions(options)
	if how.Limit > 0 {
		return c.Client.List(ctx, list, options...)
	}
	empty := list.DeepCopyObject()
	if err := c.Client.List(ctx, list, append(options, client.Limit(pageSize))...); err != nil || list.GetContinue() == "" {
		return err
	}
	return c.rest(ctx, list, empty, options)
}

// rest reads the pages after the first.
func (c *pagedClient) rest(ctx context.Context, list client.ObjectList, empty runtime.Object, options []client.ListOption) error {
	all, taken, err := c.items(list)
	defer func() { _ = c.account.Take(-taken) }()
	from := list.GetContinue()
	for pages := 1; err == nil && from != ""; pages++ {
		if pages == mostPages || len(from) > longestContinue {
			return c.account.Exceed(guard.TooMuch("more than %d pages of a list", mostPages))
		}
		page, isList := empty.DeepCopyObject().(client.ObjectList)
		if !isList {
			return nil // it is one, or there were no first page
		}
		if err := c.Client.List(ctx, page, append(options, client.Limit(pageSize), client.Continue(from))...); err != nil {
			return err
		}
		items, size, full := c.items(page)
		all, taken, err, from = append(all, items...), taken+size, full, page.GetContinue()
	}
	if err != nil {
		return err
	}
	list.SetContinue("")
	list.SetRemainingItemCount(nil)
	return meta.SetList(list, all)
}

// items are those of a page, and what they take.
func (c *pagedClient) items(page client.ObjectList) (items []runtime.Object, taken int64, err error) {
	if items, err = meta.ExtractList(page); err != nil {
		return nil, 0, err
	}
	for _, item := range items {
		taken += weigh(item)
	}
	return items, taken, c.account.Take(taken)
}
