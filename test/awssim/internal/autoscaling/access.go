package autoscaling

import (
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
	return nil, false
}

// onGroupOf is access to the group of an instance. An instance of none has no group with tags.
func (s *Service) onGroupOf(c *sim.Call, instance string) iam.Access {
	here := s.at(c.Place)
	name, _ := here.groupOf(instance)
	found, known := here.groups.Get(name)
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
