package peeredcluster

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// placements remembers what EC2 said of instances that are in no group, as those of
// Karpenter's: where an instance is never changes.
type placements struct {
	known map[string]proof.Placement
	// askedAt is when EC2 was asked last, and deniedAt when it could not be.
	askedAt, deniedAt time.Time
}

// observePlacements asks EC2 for instances that no group has and that are not known yet.
// Without the right to ask nothing is known of them, as before there was anything to ask.
func (n *nodeRollout) observePlacements(ctx context.Context, grouped map[string]rollout.Instance) (map[string]proof.Placement, error) {
	memory := &n.memory.placements
	if !memory.deniedAt.IsZero() && n.start.Sub(memory.deniedAt) < askAgain {
		return nil, nil
	}
	of, unknown := map[string]proof.Placement{}, []string{}
	for _, id := range n.view.InstanceIDs() {
		if _, is := grouped[id]; is {
			continue
		}
		if placed, known := memory.known[id]; known {
			of[id] = placed
		} else {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 && n.start.Sub(memory.askedAt) >= afterUnreachable {
		memory.askedAt = n.start
		found, err := n.aws.placements(ctx, n.subject, unknown)
		if aws.Classify(err).Denied {
			memory.deniedAt = n.start
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		maps.Copy(of, found)
	}
	memory.deniedAt, memory.known = time.Time{}, of
	return of, nil
}

// placements asks EC2 where instances are, and whose.
func (a awsAccess) placements(ctx context.Context, s *subject, ids []string) (map[string]proof.Placement, error) {
	reader, err := a.reader(ctx, s)
	if err != nil {
		return nil, err
	}
	found, err := reader.FirstInterfaces(ctx, ids)
	if err != nil {
		return nil, err
	}
	tags, err := reader.InstanceTags(ctx, slices.Sorted(maps.Keys(found)), proof.TagKeys())
	denied := aws.Classify(err).Denied
	if err != nil && !denied {
		return nil, err
	}
	placed := make(map[string]proof.Placement, len(found))
	for id, eni := range found {
		placement := proof.Placement{VPC: eni.VPC, Tags: tags[id]}
		if placement.Tags == nil && !denied {
			placement.Tags = map[string]string{}
		}
		placed[id] = placement
	}
	return placed, nil
}
