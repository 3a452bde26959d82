package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// observeGroups reads the Auto Scaling groups behind the nodes, where they matter.
func (p *pass) observeGroups(ctx context.Context) (map[string]rollout.Instance, map[string]rollout.Group, error) {
	if p.object.Spec.Rollout.Strategy != v1alpha1.RolloutReplaceNodes || !p.work() {
		return nil, nil, nil
	}
	api, err := p.autoScaling(ctx)
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	for i := range p.observed.nodes {
		if id, ok := driver.InstanceID(p.observed.nodes[i].Spec.ProviderID); ok {
			ids = append(ids, id)
		}
	}
	ids = unique(ids)
	instances, err := driver.Instances(ctx, api, ids)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, instance := range instances {
		names = append(names, instance.Group)
	}
	for _, replacement := range p.object.Status.Replacements {
		names = append(names, replacement.Group)
	}
	groups, err := driver.Groups(ctx, api, unique(names))
	return instances, groups, err
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
	left := 0
	for i := range pods.Items {
		if driver.Leaves(&pods.Items[i]) {
			left++
		}
	}
	return left, nil
}
