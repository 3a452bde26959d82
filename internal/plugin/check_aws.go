package plugin

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/dryrun"
	"github.com/crossvpc/crossvpc/internal/plugin/network"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// checkAWS reads AWS as whoever asks, for each VPCPeering that is not being deleted.
func (s *session) checkAWS(flags *dryRunFlags) look {
	return func(ctx context.Context, kube client.Client) (view.Item, error) {
		item := view.Item{Name: "AWS, as you may read it now", State: view.Good, Message: "There is no VPCPeering to read it for."}
		all, err := peerings(ctx, kube, "")
		if err != nil || len(all) == 0 {
			return item, err
		}
		options, err := s.dryRun(ctx, flags)
		if err != nil {
			return item, err
		}
		var asked []*v1alpha1.VPCPeering
		for i := range all {
			if all[i].DeletionTimestamp.IsZero() {
				asked = append(asked, &all[i])
			}
		}
		seen, err := dryrun.Check(ctx, options, asked)
		if err != nil {
			return item, err
		}
		item.Message = message.Count(len(asked), "VPCPeering") + "."
		for _, one := range seen {
			item.Items = append(item.Items, seenOf(one))
		}
		item.State = view.Worst(item.Items)
		return item, nil
	}
}

// seenOf is one VPCPeering: what would be refused, what could not be read, and what its VPCs are like.
func seenOf(seen dryrun.Seen) view.Item {
	item := view.Item{Name: seen.Plan.Name, State: view.Good, Message: "Nothing would be refused."}
	if due := seen.Plan.Changes(); due > 0 {
		item.State, item.Message = view.Working, fmt.Sprintf("%s %s still to be made, and nothing would be refused.", message.Count(due, "change"), message.Verb(due, "has", "have"))
	}
	for _, why := range seen.Plan.Refused() {
		item.Items = append(item.Items, view.Item{Name: "Would be refused", State: view.Bad, Message: message.Sentence(why)})
	}
	for _, why := range seen.Plan.Unread {
		item.Items = append(item.Items, view.Item{Name: "Not read", State: view.Unknown, Message: message.Sentence(why)})
	}
	for _, side := range seen.Networks {
		of := view.Item{Name: fmt.Sprintf("%s (%s, %s)", side.VPC, side.Role, side.Region), State: view.Good}
		if side.Unread != "" {
			of.State, of.Message = view.Unknown, side.Unread
		} else {
			of.Items = network.Items(side.VPC, side.Region, side.Seen)
		}
		item.Items = append(item.Items, of)
	}
	if worst := view.Worst(item.Items); worst != view.Good {
		item.State, item.Message = worst, "See below."
	}
	return item
}
