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
	// denied is what AWS said to the last question that it does not allow, in whole or the tags alone.
	denied string
}

// observePlacements asks EC2 for instances that no group has and that are not known yet.
// Without the right to ask nothing is known of them, as before there was anything to ask, and that is said.
func (n *nodeRollout) observePlacements(ctx context.Context, grouped map[string]rollout.Instance) (map[string]proof.Placement, error) {
	found, err := n.readPlacements(ctx, grouped)
	if denied := n.memory.placements.denied; denied != "" {
		n.unseen = append(n.unseen, "What the cluster says of instances that are in no Auto Scaling group is not compared with EC2: "+denied)
	}
	return found, err
}

func (n *nodeRollout) readPlacements(ctx context.Context, grouped map[string]rollout.Instance) (map[string]proof.Placement, error) {
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
		found, err := n.aws.placements(ctx, n.subject, unknown, &memory.denied)
		if aws.Classify(err).Denied {
			memory.deniedAt, memory.denied = n.start, messageOf(err)
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

// placements asks EC2 where instances are, and whose. The tags need a permission of their own: noTags says why they were not read.
func (a awsAccess) placements(ctx context.Context, s *subject, ids []string, noTags *string) (map[string]proof.Placement, error) {
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
	if *noTags = ""; denied {
		*noTags = messageOf(err)
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
