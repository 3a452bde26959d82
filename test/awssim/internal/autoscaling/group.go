package autoscaling

import (
	"cmp"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/ec2"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// The defaults of API_CreateAutoScalingGroup.
const (
	standardCooldown = 300
	standardPolicy   = "Default"
	standardHealth   = "EC2"
)

type templateRequest struct {
	ID      string `query:"LaunchTemplateId"`
	Name    string `query:"LaunchTemplateName"`
	Version string `query:"Version"`
}

// changes are what create and update have in common.
type changes struct {
	Name     string           `query:"AutoScalingGroupName,required"`
	Least    *int32           `query:"MinSize"`
	Most     *int32           `query:"MaxSize"`
	Desired  *int32           `query:"DesiredCapacity"`
	Subnets  string           `query:"VPCZoneIdentifier"`
	Template *templateRequest `query:"LaunchTemplate"`
	Cooldown *int32           `query:"DefaultCooldown"`
	Health   string           `query:"HealthCheckType"`
	Grace    *int32           `query:"HealthCheckGracePeriod"`
	Protects *bool            `query:"NewInstancesProtectedFromScaleIn"`
	Policies []string         `query:"TerminationPolicies,member"`
}

type createGroupRequest struct {
	changes
	Tags []groupTag `query:"Tags,member"`
}

type nothing struct{}

func (s *Service) createGroup(c *sim.Call, in *createGroupRequest) (*nothing, error) {
	here := s.at(c.Place)
	if _, taken := here.groups.Get(in.Name); taken {
		return nil, sim.Fail("AlreadyExists", "AutoScalingGroup by this name already exists - A group with the name %s already exists", in.Name)
	}
	switch {
	case in.Least == nil || in.Most == nil:
		return nil, sim.Fail("MissingParameter", "The request must contain the parameters MinSize and MaxSize")
	case in.Template == nil:
		return nil, invalid("Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.")
	case in.Subnets == "":
		return nil, invalid("At least one Availability Zone or VPC Subnet is required.")
	}
	made := group{
		name: in.Name, created: c.Now, cooldown: standardCooldown, health: standardHealth, policies: []string{standardPolicy},
		desired: *in.Least,
	}
	for _, t := range in.Tags {
		t.ResourceID, t.ResourceType = in.Name, groupType
		made.tags = append(made.tags, t)
	}
	if err := s.apply(c, &made, in.changes); err != nil {
		return nil, err
	}
	here.groups.Put(c.Stamp(), made.name, made)
	s.balance(c, made.name, "At "+stamp(c.Now)+" a user request created an AutoScalingGroup changing the desired capacity from 0 to "+number(made.desired)+".")
	return nil, nil
}

// apply puts the changes over a group and checks what comes out.
func (s *Service) apply(c *sim.Call, g *group, in changes) error {
	set(&g.least, in.Least)
	set(&g.most, in.Most)
	set(&g.cooldown, in.Cooldown)
	set(&g.grace, in.Grace)
	set(&g.protects, in.Protects)
	g.health = cmp.Or(in.Health, g.health)
	if len(in.Policies) > 0 {
		g.policies = in.Policies
	}
	if g.most < g.least {
		return invalid("Max bound, %d, must be greater than or equal to min bound, %d", g.most, g.least)
	}
	// A group that asks for no capacity gets the nearest one that its bounds allow.
	g.desired = min(max(g.desired, g.least), g.most)
	if in.Desired != nil {
		if *in.Desired < g.least || *in.Desired > g.most {
			return invalid("Desired capacity:%d must be between the specified min size:%d and max size:%d", *in.Desired, g.least, g.most)
		}
		g.desired = *in.Desired
	}
	if in.Subnets != "" {
		g.subnets = strings.Split(strings.ReplaceAll(in.Subnets, " ", ""), ",")
		for _, id := range g.subnets {
			if _, _, known := s.fleet.SubnetPlace(c.Place, id); !known {
				return invalid("The subnet ID '%s' does not exist", id)
			}
		}
	}
	if in.Template == nil {
		return nil
	}
	template, err := s.fleet.Resolve(c.Place, ec2.Template{ID: in.Template.ID, Name: in.Template.Name, Version: cmp.Or(in.Template.Version, "$Default")})
	if err != nil {
		return invalid("You must use a valid fully-formed launch template. %v", err)
	}
	g.template = template
	return nil
}

func set[T any](into *T, value *T) {
	if value != nil {
		*into = *value
	}
}

type updateGroupRequest struct{ changes }

func (s *Service) updateGroup(c *sim.Call, in *updateGroupRequest) (*nothing, error) {
	here := s.at(c.Place)
	found, err := here.group(in.Name)
	if err != nil {
		return nil, err
	}
	before := found.desired
	if err := s.apply(c, &found, in.changes); err != nil {
		return nil, err
	}
	here.groups.Put(c.Stamp(), found.name, found)
	s.balance(c, found.name, userChange(c, before, found.desired))
	return nil, nil
}

type setDesiredCapacityRequest struct {
	Name     string `query:"AutoScalingGroupName,required"`
	Capacity *int32 `query:"DesiredCapacity,required"`
	// HonorCooldown is taken; nothing else scales here, so there is no cooldown to honour.
	HonorCooldown bool `query:"HonorCooldown"`
}

func (s *Service) setDesiredCapacity(c *sim.Call, in *setDesiredCapacityRequest) (*nothing, error) {
	here := s.at(c.Place)
	found, err := here.group(in.Name)
	if err != nil {
		return nil, err
	}
	switch wanted := *in.Capacity; {
	case wanted > found.most:
		return nil, invalid("New SetDesiredCapacity value %d is above max value %d for the AutoScalingGroup.", wanted, found.most)
	case wanted < found.least:
		return nil, invalid("New SetDesiredCapacity value %d is below min value %d for the AutoScalingGroup.", wanted, found.least)
	}
	before := found.desired
	found.desired = *in.Capacity
	here.groups.Put(c.Stamp(), found.name, found)
	s.balance(c, found.name, userChange(c, before, found.desired))
	return nil, nil
}

func userChange(c *sim.Call, before, after int32) string {
	return "At " + stamp(c.Now) + " a user request explicitly set group desired capacity changing the desired capacity from " +
		number(before) + " to " + number(after) + "."
}

type deleteGroupRequest struct {
	Name  string `query:"AutoScalingGroupName,required"`
	Force bool   `query:"ForceDelete"`
}

// deleteGroup deletes a group without members at once, another one by force when its members are gone.
func (s *Service) deleteGroup(c *sim.Call, in *deleteGroupRequest) (*nothing, error) {
	here := s.at(c.Place)
	gone, err := here.group(in.Name)
	if err != nil {
		return nil, err
	}
	if len(gone.members) > 0 && !in.Force {
		return nil, sim.Fail("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.")
	}
	if len(gone.members) == 0 {
		here.groups.Delete(c.Stamp(), gone.name)
		return nil, nil
	}
	gone.isDeleting, gone.least, gone.desired = true, 0, 0
	here.groups.Put(c.Stamp(), gone.name, gone)
	for _, m := range slices.Clone(gone.members) {
		s.end(c, gone.name, m.id, "At "+stamp(c.Now)+" a user request force deleted the AutoScalingGroup.")
	}
	return nil, nil
}
