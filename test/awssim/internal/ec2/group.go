package ec2

import (
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

const groupType = "security-group"

var groupKind = kind{
	name: groupType, prefix: "sg", noun: "security group",
	notFound: "InvalidGroup.NotFound", malformed: "InvalidGroupId.Malformed",
}

// group is a security group in store, with its rules in the order of their making.
type group struct {
	id          string
	name        string
	description string
	vpc         string
	rules       []rule
}

func (s *Service) groupActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateSecurityGroup":    wire.Query(s.createGroup),
		"DeleteSecurityGroup":    wire.Query(s.deleteGroup),
		"DescribeSecurityGroups": wire.Query(s.describeGroups),

		"DescribeSecurityGroupReferences": wire.Query(s.describeReferences),
		"DescribeStaleSecurityGroups":     wire.Query(s.describeStale),
	}
}

// makeDefaultGroup makes the group that every VPC has: it lets its members in and everything out.
func (s *Service) makeDefaultGroup(c *sim.Call, v vpc) {
	made := group{id: c.NewID("sg"), name: "default", description: "default VPC security group", vpc: v.id}
	made.rules = []rule{
		{id: c.NewID("sgr"), permission: permission{protocol: allProtocols, from: -1, to: -1, group: made.id, account: c.Account}},
		egressAll(c),
	}
	s.at(c.Place).groups.Put(c.Stamp(), made.id, made)
}

// egressAll is the rule that every new group has.
func egressAll(c *sim.Call) rule {
	return rule{id: c.NewID("sgr"), egress: true, permission: permission{protocol: allProtocols, from: -1, to: -1, block: "0.0.0.0/0"}}
}

type createGroupRequest struct {
	Name              string             `query:"GroupName,required"`
	Description       string             `query:"GroupDescription,required"`
	VpcID             string             `query:"VpcId,required"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type createGroupAnswer struct {
	ID     string         `xml:"groupId"`
	ARN    string         `xml:"securityGroupArn"`
	TagSet wire.List[tag] `xml:"tagSet"`
}

func (s *Service) createGroup(c *sim.Call, in *createGroupRequest) (*createGroupAnswer, error) {
	here := s.at(c.Place)
	v, err := s.vpcToUse(c, in.VpcID)
	if err != nil {
		return nil, err
	}
	tags, err := tagsToMake(in.TagSpecifications, groupType)
	if err != nil {
		return nil, err
	}
	if err := here.nameIsFree(v, in.Name); err != nil {
		return nil, err
	}
	made := group{id: c.NewID("sg"), name: in.Name, description: in.Description, vpc: v.id, rules: []rule{egressAll(c)}}
	here.groups.Put(c.Stamp(), made.id, made)
	here.putTags(c, made.id, tags)
	return &createGroupAnswer{made.id, groupARN(c.Place, made.id), wire.ListOf(tags)}, nil
}

func (h *holdings) nameIsFree(v vpc, name string) error {
	if len(name) >= 3 && name[:3] == "sg-" {
		return sim.Fail("InvalidParameterValue", "Value (%s) for parameter groupName is invalid. Group names may not be in the format sg-*.", name)
	}
	for _, other := range h.groups.All() {
		if other.vpc == v.id && other.name == name {
			return sim.Fail("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, v.id)
		}
	}
	return nil
}

func groupARN(place sim.Place, id string) string {
	return place.ARN("ec2", groupType+"/"+id)
}

// findGroup is find with EC2's text for groups.
func (h *holdings) findGroup(id string) (group, error) {
	if err := groupKind.check(id); err != nil {
		return group{}, err
	}
	found, ok := h.groups.Get(id)
	if !ok {
		return found, sim.Fail(groupKind.notFound, "The security group '%s' does not exist", id)
	}
	return found, nil
}

type groupIDRequest struct {
	ID string `query:"GroupId,required"`
}

type deleteGroupAnswer struct {
	Return bool   `xml:"return"`
	ID     string `xml:"groupId"`
}

func (s *Service) deleteGroup(c *sim.Call, in *groupIDRequest) (*deleteGroupAnswer, error) {
	here := s.at(c.Place)
	gone, err := here.findGroup(in.ID)
	if err != nil {
		return nil, err
	}
	if gone.name == "default" {
		return nil, sim.Fail("CannotDelete", "the specified group: %q name: %q cannot be deleted by a user", gone.id, gone.name)
	}
	if here.groupInUse(gone) || here.groupOnInterface(gone.id) {
		return nil, sim.Fail("DependencyViolation", "resource %s has a dependent object", gone.id)
	}
	here.dropGroup(c, gone)
	return &deleteGroupAnswer{true, gone.id}, nil
}

// groupInUse says whether another group of the VPC refers to the group. A group of
// a peered VPC does not keep it: its rule becomes stale.
func (h *holdings) groupInUse(gone group) bool {
	for _, other := range h.groups.All() {
		if other.id != gone.id && other.vpc == gone.vpc && slices.ContainsFunc(other.rules, func(r rule) bool { return r.group == gone.id }) {
			return true
		}
	}
	return false
}

func (h *holdings) dropGroup(c *sim.Call, gone group) {
	for _, r := range gone.rules {
		h.tags.Delete(c.Stamp(), r.id)
	}
	h.groups.Delete(c.Stamp(), gone.id)
	h.tags.Delete(c.Stamp(), gone.id)
}
