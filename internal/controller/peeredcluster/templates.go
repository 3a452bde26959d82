package peeredcluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// templates remembers for a while which numbers $Latest and $Default stand for.
type templates struct {
	known map[string]aws.TemplateVersions
	// unread says why they could not be read; empty: they could.
	unread  string
	askedAt time.Time
}

// lookUpTemplates fills in which versions the groups launch whose nodes are to be replaced: what a successor would bring beside
// the value has to be known before. At rest nothing is asked. Without the right to ask, nodes are replaced as before there
// was anything to ask.
func (n *nodeRollout) lookUpTemplates(ctx context.Context, groups map[string]rollout.Group, nodes []rollout.Node) (map[string]rollout.Group, error) {
	ids := varyingTemplates(groups, nodes)
	if len(ids) == 0 {
		return groups, nil
	}
	if err := n.memory.templates.ask(ctx, n, ids); err != nil {
		return nil, err
	}
	if unread := n.memory.templates.unread; unread != "" {
		n.unseen = append(n.unseen, fmt.Sprintf("Cannot determine whether instances that are replaced would come from another version of their launch template: %s. "+
			"Allow ec2:DescribeLaunchTemplates.", strings.TrimSuffix(unread, ".")))
	}
	return withNumbers(groups, n.memory.templates.known), nil
}

func (t *templates) ask(ctx context.Context, n *nodeRollout, ids []string) error {
	age, known := templatesAge, !slices.ContainsFunc(ids, func(id string) bool { _, is := t.known[id]; return !is })
	if t.unread != "" {
		age, known = askAgain, true
	}
	if known && !t.askedAt.IsZero() && n.start.Sub(t.askedAt) < age {
		return nil
	}
	reader, err := n.aws.reader(ctx, n.subject)
	if err != nil {
		return err
	}
	found, err := reader.TemplateVersions(ctx, ids)
	if failure := aws.Classify(err); err != nil && !failure.Denied && !failure.NotFound {
		return err
	}
	t.known, t.unread, t.askedAt = found, "", n.start
	if err != nil {
		t.unread = messageOf(err)
	}
	return nil
}

// varyingTemplates are the launch templates of nodes that run an older value, where a number has to be looked up.
func varyingTemplates(groups map[string]rollout.Group, nodes []rollout.Node) []string {
	var ids []string
	for i := range nodes {
		node := &nodes[i]
		if node.Way != rollout.WayAutoScaling || node.Freshness == rollout.FreshnessCurrent {
			continue
		}
		for _, template := range groups[node.Instance.Group].Launches {
			if template.Varies() {
				ids = append(ids, template.ID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func withNumbers(groups map[string]rollout.Group, known map[string]aws.TemplateVersions) map[string]rollout.Group {
	groups = maps.Clone(groups)
	for name, group := range groups {
		group.Launches = slices.Clone(group.Launches)
		for i := range group.Launches {
			template := &group.Launches[i]
			versions, is := known[template.ID]
			switch {
			case !is || !template.Varies():
			case template.Version == rollout.LatestVersion:
				template.Version = versions.Latest
			default:
				template.Version = versions.Default
			}
		}
		groups[name] = group
	}
	return groups
}
