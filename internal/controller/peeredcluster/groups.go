package peeredcluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// observeGroups reads the Auto Scaling groups behind the nodes, where they matter.
func (p *pass) observeGroups(ctx context.Context) (map[string]rollout.Instance, map[string]rollout.Group, error) {
	replaces := p.object.Spec.Rollout.Strategy == v1alpha1.RolloutReplaceNodes && p.work()
	if !replaces && len(p.object.Status.Replacements) == 0 { // those in hand are seen to their end whatever the strategy is now
		return nil, nil, nil
	}
	api, err := p.autoScaling(ctx)
	if err != nil {
		return nil, nil, err
	}
	return p.fleet(ctx, api, p.observed.InstanceIDs())
}

// fleetAge is how old what AWS said of instances may be: passes of a busy rollout
// come by the fifth of a second, and an account's calls of Auto Scaling are few.
const fleetAge = 2 * time.Second

// fleet is what was read of the instances in one go.
type fleet struct {
	at        time.Time
	instances map[string]rollout.Instance
	groups    map[string]rollout.Group
	// asked are all instances that were asked for, those in no group too, in order.
	asked []string
}

// fleet reads the instances unless that was done just now, for all of them.
func (p *pass) fleet(ctx context.Context, api driver.AutoScaling, ids []string) (map[string]rollout.Instance, map[string]rollout.Group, error) {
	if read, found := p.fleets.Load(p.object.UID); found {
		last := read.(*fleet)
		news := slices.ContainsFunc(ids, func(id string) bool {
			_, known := slices.BinarySearch(last.asked, id)
			return !known
		})
		if age := p.start.Sub(last.at); !news && age >= 0 && age < fleetAge {
			p.comeAgain(fleetAge - age)
			return last.instances, last.groups, nil
		}
	}
	instances, groups, err := p.readFleet(ctx, api, ids)
	if err == nil {
		p.fleets.Store(p.object.UID, &fleet{at: p.start, instances: instances, groups: groups, asked: ids})
	}
	return instances, groups, err
}

// readFleet asks for the groups that are known, which names their instances: one
// call, where to ask for hundreds of instances takes one for every 50. Instances in
// none of them are asked for; an answer that is out of date does no harm, since the
// group is proven before an instance is terminated (N4).
func (p *pass) readFleet(ctx context.Context, api driver.AutoScaling, ids []string) (map[string]rollout.Instance, map[string]rollout.Group, error) {
	known := p.groupNames()
	groups, instances, err := driver.Groups(ctx, api, known)
	if err != nil {
		return nil, nil, err
	}
	missing := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return instances[id].Group != "" })
	found, err := driver.Instances(ctx, api, missing)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(instances, found)
	var names []string
	for _, instance := range found {
		if !slices.Contains(known, instance.Group) {
			names = append(names, instance.Group)
		}
	}
	more, _, err := driver.Groups(ctx, api, unique(names))
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(groups, more)
	p.groups.Store(p.object.UID, slices.Sorted(maps.Keys(groups)))
	return instances, groups, nil
}

// groupNames are those that the pass before found, and those of replacements.
func (p *pass) groupNames() []string {
	var names []string
	if before, ok := p.groups.Load(p.object.UID); ok {
		names = slices.Clone(before.([]string))
	}
	for _, replacement := range p.object.Status.Replacements {
		names = append(names, replacement.Group)
	}
	return unique(names)
}

// work: without a value to have or a node in hand nothing asks for instances.
func (p *pass) work() bool {
	if value, _ := p.target(); value.IsValid() {
		return true
	}
	return len(p.object.Status.Replacements) > 0
}

func (p *pass) autoScaling(ctx context.Context) (driver.AutoScaling, error) {
	region, _, err := p.place()
	if err != nil {
		return nil, err
	}
	identity, err := p.identity(ctx)
	if err != nil {
		return nil, err
	}
	return p.Clouds.AutoScaling(identity, region), nil
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// podsLeft counts, in the API server and not in what this pass saw, the pods
// that a drain has yet to remove.
func (p *pass) podsLeft(ctx context.Context, node string) (int, error) {
	if node == "" {
		return 0, nil
	}
	var pods corev1.PodList
	if err := p.connection.Client.List(ctx, &pods, client.MatchingFields{"spec.nodeName": node}); err != nil {
		return 0, fmt.Errorf("listing the pods of node %s: %w", node, err)
	}
	left, cordoned := 0, p.observed.CordonedSince(node)
	for i := range pods.Items {
		if podrules.Leaves(&pods.Items[i], cordoned) {
			left++
		}
	}
	return left, nil
}

// terminateAgain is when a group is asked once more that shows the instance as if it had
// not been asked; it is not at each of the passes until then.
const terminateAgain = 5 * time.Second

// terminate looks at the node's pods once more: an instance that still has pods
// to evict is not terminated (N4).
func (p *pass) terminate(ctx context.Context, step rollout.Step) error {
	id := step.Replacement.InstanceID
	if at, asked := p.terminations.Load(id); asked && p.Clock.Since(at.(time.Time)) < terminateAgain {
		return nil
	}
	if left, err := p.podsLeft(ctx, step.Node); err != nil || left > 0 {
		return err
	}
	api, err := p.autoScaling(ctx)
	if err != nil {
		return err
	}
	if err := driver.Terminate(ctx, api, *step.Replacement); err != nil {
		return err
	}
	p.terminations.Store(id, p.Clock.Now())
	return nil
}
