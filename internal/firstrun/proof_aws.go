package firstrun

import (
	"cmp"
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

func (r *run) leftInAWS(s *side) func(context.Context) (remains, error) {
	return func(ctx context.Context) (remains, error) {
		if err := s.readNetwork(ctx, aws.VPCs|aws.Connections|aws.RouteTables|aws.Groups, nil); err != nil {
			return remains{}, err
		}
		var groups []string
		for _, group := range s.seen.network.Groups {
			groups = append(groups, group.ID)
		}
		if err := s.readNetwork(ctx, aws.Rules, groups); err != nil {
			return remains{}, err
		}
		return owned(s.seen.network, r.InstallationID), nil
	}
}

// owned names what carries a tag of crossvpc, and routes to connections that do: ours, and those of other installations.
func owned(network peering.SideSnapshot, installation string) (found remains) {
	add := func(what string, tags map[string]string) {
		switch by := tags[v1alpha1.TagManagedBy]; by {
		case "":
		case installation:
			found.left = append(found.left, what)
		default:
			found.others = append(found.others, fmt.Sprintf("%s (%s)", what, cmp.Or(tags[v1alpha1.TagOwner], by)))
		}
	}
	tagsOf := map[string]map[string]string{}
	for _, c := range network.Connections {
		tagsOf[c.ID] = c.Tags
		if !c.State.Gone() && c.State != peering.StateDeleting {
			add(c.ID, c.Tags)
		}
	}
	for _, rule := range network.Rules {
		add(rule.ID, rule.Tags)
	}
	for _, table := range network.RouteTables {
		for _, route := range table.Routes {
			add(fmt.Sprintf("route %s of %s", route.Destination, table.ID), tagsOf[route.Target])
		}
	}
	return found
}
