package autoscaling

import (
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// Accesses implements sim.Service: docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html.
func (s *Service) Accesses(c *sim.Call) ([]iam.Access, bool) {
	switch {
	case strings.HasPrefix(c.Action, "Describe"):
		return c.OnEverything(), true
	case c.Action == "TerminateInstanceInAutoScalingGroup":
		return []iam.Access{s.onGroupOf(c, c.Parameters.Get("InstanceId"))}, true
	}
	if slices.Contains(onNamedGroup, c.Action) {
		return []iam.Access{s.onGroup(c, c.Parameters.Get("AutoScalingGroupName"))}, true
	}
	return nil, false
}

// onNamedGroup are the actions that are asked for on the group that they name.
var onNamedGroup = []string{"DeleteAutoScalingGroup", "DeleteWarmPool", "PutWarmPool", "SetDesiredCapacity", "UpdateAutoScalingGroup"}

// onGroupOf is access to the group of an instance. An instance of none has no group with tags.
func (s *Service) onGroupOf(c *sim.Call, instance string) iam.Access {
	name, _ := s.at(c.Place).groupOf(instance)
	return s.onGroup(c, name)
}

func (s *Service) onGroup(c *sim.Call, name string) iam.Access {
	found, known := s.at(c.Place).groups.Get(name)
	if !known {
		return c.On(c.ARN("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*"))
	}
	context, tags := iam.Context{}, map[string]string{}
	for _, t := range found.tags {
		tags[t.Key] = t.Value
	}
	context.Tags("aws:ResourceTag", tags)
	context.Tags("autoscaling:ResourceTag", tags)
	return c.On(groupARN(c.Place, name), context)
}

func groupARN(place sim.Place, name string) string {
	return place.ARN("autoscaling", "autoScalingGroup:"+idOf(place, name)+":autoScalingGroupName/"+name)
}
