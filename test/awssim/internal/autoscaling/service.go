package autoscaling

import (
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/ec2"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// The kinds in a Timing, with the states that last.
const (
	groupType    = "auto-scaling-group"
	replacing    = "replacing"
	instanceType = "auto-scaling-instance"
)

// fleet is what groups need of the account's EC2.
type fleet interface {
	Resolve(place sim.Place, wanted ec2.Template) (ec2.Template, error)
	Launch(c *sim.Call, from ec2.Template, subnet string, tags map[string]string) (ec2.Launched, error)
	Terminate(c *sim.Call, id string)
	Stop(c *sim.Call, id string)
	Start(c *sim.Call, id string)
	Running(place sim.Place, id string) bool
	SubnetPlace(place sim.Place, id string) (vpc, zone string, known bool)
}

// Service is the simulated Auto Scaling of all accounts and regions.
type Service struct {
	world  *sim.World
	fleet  fleet
	places map[sim.Place]*holdings
}

// holdings are what one account has in one region.
type holdings struct {
	groups     sim.Table[group]
	activities []activity
}

// group is an Auto Scaling group in store.
type group struct {
	name       string
	template   ec2.Template
	least      int32
	most       int32
	desired    int32
	subnets    []string
	tags       []groupTag
	members    []member
	created    time.Time
	cooldown   int32
	health     string
	grace      int32
	protects   bool
	policies   []string
	isDeleting bool
	pool       *warmPool
}

// member is an instance of a group.
type member struct {
	id        string
	zone      string
	subnet    string
	kind      string
	state     string
	health    string
	template  ec2.Template
	protected bool
}

// The lifecycle states of members that occur here.
const (
	memberPending     = "Pending"
	memberInService   = "InService"
	memberTerminating = "Terminating"
)

// counts says whether the member is part of the group's capacity, which a warm pool is beside.
func (m member) counts() bool { return m.state != memberTerminating && !m.warm() }

func (g group) capacity() int32 {
	count := int32(0)
	for _, m := range g.members {
		if m.counts() {
			count++
		}
	}
	return count
}

func (g group) index(id string) int {
	return slices.IndexFunc(g.members, func(m member) bool { return m.id == id })
}

// groupTag is a tag of a group, on the wire and in store.
type groupTag struct {
	ResourceID        string `query:"ResourceId" xml:"ResourceId"`
	ResourceType      string `query:"ResourceType" xml:"ResourceType"`
	Key               string `query:"Key,required" xml:"Key"`
	Value             string `query:"Value" xml:"Value"`
	PropagateAtLaunch bool   `query:"PropagateAtLaunch" xml:"PropagateAtLaunch"`
}

// New makes an Auto Scaling without any group, which follows what happens to instances.
func New(world *sim.World, fleet fleet) *Service {
	s := &Service{world: world, fleet: fleet}
	s.Reset()
	world.Instances.Follow(s.follow)
	return s
}

// Name implements sim.Service.
func (s *Service) Name() string { return "autoscaling" }

// Protocol implements sim.Service.
func (s *Service) Protocol() sim.Protocol {
	return wire.AWSQuery{Namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/"}
}

// Actions implements sim.Service.
func (s *Service) Actions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateAutoScalingGroup":              wire.Query(s.createGroup),
		"UpdateAutoScalingGroup":              wire.Query(s.updateGroup),
		"DeleteAutoScalingGroup":              wire.Query(s.deleteGroup),
		"DescribeAutoScalingGroups":           wire.Query(s.describeGroups),
		"DescribeAutoScalingInstances":        wire.Query(s.describeInstances),
		"DeleteWarmPool":                      wire.Query(s.deletePool),
		"DescribeWarmPool":                    wire.Query(s.describePool),
		"PutWarmPool":                         wire.Query(s.putPool),
		"DescribeScalingActivities":           wire.Query(s.describeActivities),
		"SetDesiredCapacity":                  wire.Query(s.setDesiredCapacity),
		"TerminateInstanceInAutoScalingGroup": wire.Query(s.terminateInstance),
	}
}

// Reset implements sim.Service.
func (s *Service) Reset() { s.places = map[sim.Place]*holdings{} }

// Dump implements sim.Service.
func (s *Service) Dump() any {
	dump := map[string]any{}
	for place, held := range s.places {
		all := []any{}
		for _, g := range held.groups.All() {
			all = append(all, wire.Tree(s.answer(place, g)))
		}
		dump[place.String()] = all
	}
	return dump
}

// at is what the place has.
func (s *Service) at(place sim.Place) *holdings {
	if s.places[place] == nil {
		s.places[place] = &holdings{}
	}
	return s.places[place]
}

func (h *holdings) group(name string) (group, error) {
	found, there := h.groups.Get(name)
	if !there {
		return found, invalid("AutoScalingGroup name not found - AutoScalingGroup '%s' not found", name)
	}
	return found, nil
}

func invalid(format string, arguments ...any) error {
	return sim.Fail("ValidationError", format, arguments...)
}
