package peeredcluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// instances are the EC2 instances behind the nodes as Auto Scaling has them, and of
// which nodes that is not proven.
type instances struct {
	byID     map[string]rollout.Instance
	groups   map[string]rollout.Group
	unproven map[string]proof.Refusal
}

// observeInstances reads the instances and the Auto Scaling groups behind the nodes, where they matter.
func (n *nodeRollout) observeInstances(ctx context.Context) (instances, error) {
	replaces := n.Object.Spec.Rollout.Strategy == v1alpha1.RolloutReplaceNodes && n.work()
	if !replaces && len(n.Object.Status.Replacements) == 0 { // those in progress are finished, no matter what the strategy is now
		return instances{byID: n.observeStopped(ctx)}, nil
	}
	api, err := n.AutoScaling(ctx)
	if err != nil {
		return instances{}, err
	}
	underWay := slices.Clone(n.Object.Status.AutoScalingGroups)
	for _, replacement := range n.Object.Status.Replacements {
		underWay = append(underWay, replacement.Group)
	}
	read, err := n.memory.fleet.Read(ctx, api, n.view.InstanceIDs(), underWay, n.start)
	n.Within(read.NewerIn)
	if err != nil {
		return instances{}, err
	}
	placed, err := n.observePlacements(ctx, read.Instances)
	if err != nil {
		return instances{}, err
	}
	unproven, err := n.prover.prove(ctx, n.subject, n.claims, read.Instances, read.Groups, placed)
	if err != nil {
		return instances{}, err
	}
	groups, err := n.prover.withoutForeign(ctx, n.subject, read.Groups)
	if err == nil {
		n.Object.Status.AutoScalingGroups = firstGroups(groups)
		n.noteGone(ctx, groups, read.Gone)
	}
	return instances{byID: read.Instances, groups: groups, unproven: unproven}, err
}

// noteGone adds the groups that are gone and that a replacement is waited for from.
func (n *nodeRollout) noteGone(ctx context.Context, groups map[string]rollout.Group, gone []string) {
	for _, replacement := range n.Object.Status.Replacements {
		if slices.Contains(gone, replacement.Group) && n.seesVPC(ctx) {
			groups[replacement.Group] = driver.GoneGroup(replacement.Group)
		}
	}
}

// seesVPC reports whether AWS shows the cluster's VPC. An identity of another account, given to the PeeredCluster in the middle of a
// replacement, shows neither the VPC nor any group, and the groups are not gone.
func (n *nodeRollout) seesVPC(ctx context.Context) bool {
	seen, err := n.aws.observe(ctx, n.valueHistory, aws.VPCs)
	return err == nil && seen.VPC != nil
}

// firstGroups are those to remember: the ones that there are, also without a node. A group that AWS no longer has is
// forgotten.
func firstGroups(groups map[string]rollout.Group) []string {
	names := slices.Sorted(maps.Keys(groups))
	return names[:min(len(names), mostGroups)]
}

// mostGroups is as many as status takes.
const mostGroups = 200

// observeStopped asks which stopped instances are of a warm pool, so that they use up no budget. It is asked only where a
// node is stopped, and without the right to ask such nodes count as leaving, as they would without a warm pool.
func (n *nodeRollout) observeStopped(ctx context.Context) map[string]rollout.Instance {
	stopped := n.view.StoppedInstanceIDs()
	if len(stopped) == 0 || !n.work() {
		return nil
	}
	api, err := n.AutoScaling(ctx)
	if err == nil {
		var read driver.Reading
		if read, err = n.memory.stopped.Read(ctx, api, stopped, nil, n.start); err == nil {
			return warmOnly(read.Instances)
		}
	}
	n.unseen = append(n.unseen, fmt.Sprintf("Cannot determine whether %s of a warm pool, so %s up maxUnavailable: %s. Allow autoscaling:DescribeAutoScalingInstances and "+
		"autoscaling:DescribeAutoScalingGroups.", message.Verb(len(stopped), "a stopped node is", "stopped nodes are"), message.Verb(len(stopped), "it uses", "they use"), strings.TrimSuffix(messageOf(err), ".")))
	return nil
}

func warmOnly(instances map[string]rollout.Instance) map[string]rollout.Instance {
	found := map[string]rollout.Instance{}
	for id, instance := range instances {
		if instance.Warm {
			found[id] = instance
		}
	}
	return found
}

// work: without a value to have or a node in progress nothing asks for instances.
func (n *nodeRollout) work() bool {
	if value, _ := n.target(); value.IsValid() {
		return true
	}
	return len(n.Object.Status.Replacements) > 0
}

// AutoScaling gives the API of the cluster's account and region.
func (n *nodeRollout) AutoScaling(ctx context.Context) (driver.AutoScaling, error) {
	return n.aws.autoScaling(ctx, n.subject)
}
