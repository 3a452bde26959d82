package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// observeGroups reads the Auto Scaling groups behind the nodes, where they matter.
func (p *pass) observeGroups(ctx context.Context) (map[string]rollout.Instance, map[string]rollout.Group, error) {
	replaces := p.object.Spec.Rollout.Strategy == v1alpha1.RolloutReplaceNodes && p.work()
	if !replaces && len(p.object.Status.Replacements) == 0 { // those in hand are seen to their end whatever the strategy is now
		return nil, nil, nil
	}
	api, err := p.AutoScaling(ctx)
	if err != nil {
		return nil, nil, err
	}
	var inHand []string
	for _, replacement := range p.object.Status.Replacements {
		inHand = append(inHand, replacement.Group)
	}
	read, err := p.memory.fleet.Read(ctx, api, p.observed.InstanceIDs(), inHand, p.start)
	p.comeAgain(read.NewerIn)
	return read.Instances, read.Groups, err
}

// work: without a value to have or a node in hand nothing asks for instances.
func (p *pass) work() bool {
	if value, _ := p.target(); value.IsValid() {
		return true
	}
	return len(p.object.Status.Replacements) > 0
}

// AutoScaling gives the API of the cluster's account and region.
func (p *pass) AutoScaling(ctx context.Context) (driver.AutoScaling, error) {
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
