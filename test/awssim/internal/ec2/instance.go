package ec2

import (
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

const instanceType = "instance"

var instanceKind = kind{
	name: instanceType, prefix: "i", noun: "instance",
	notFound: "InvalidInstanceID.NotFound", malformed: "InvalidInstanceID.Malformed",
}

// The states of an instance (docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html).
const (
	instancePending    = "pending"
	instanceRunning    = "running"
	instanceStopping   = "shutting-down"
	instanceTerminated = "terminated"
	instanceHalting    = "stopping"
	instanceStopped    = "stopped"
)

var stateCodes = map[string]int{instancePending: 0, instanceRunning: 16, instanceStopping: 32, instanceTerminated: 48, instanceHalting: 64, instanceStopped: 80}

// terminatedShown is how long a terminated instance is still described
// (docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html: usually about an hour).
const terminatedShown = time.Hour

// instance is an instance in store. Its addresses and groups are its interfaces'.
type instance struct {
	id          string
	reservation string
	state       string
	reason      string
	launched    time.Time
	zone        zone
	vpc         string
	subnet      string
	token       string
	launchSpec
}

func (i instance) identity() string { return i.id }

// launchSpec is what an instance is launched with, from the request or from a template.
type launchSpec struct {
	ImageID      string           `query:"ImageId"`
	InstanceType string           `query:"InstanceType"`
	KeyName      string           `query:"KeyName"`
	UserData     string           `query:"UserData"`
	Groups       []string         `query:"SecurityGroupId"`
	Profile      *instanceProfile `query:"IamInstanceProfile"`
}

type instanceProfile struct {
	Arn  string `query:"Arn"`
	Name string `query:"Name"`
}

// over is the spec with what it leaves open taken from a template.
func (l launchSpec) over(template launchSpec) launchSpec {
	merged := template
	if l.ImageID != "" {
		merged.ImageID = l.ImageID
	}
	if l.InstanceType != "" {
		merged.InstanceType = l.InstanceType
	}
	if l.KeyName != "" {
		merged.KeyName = l.KeyName
	}
	if l.UserData != "" {
		merged.UserData = l.UserData
	}
	if len(l.Groups) > 0 {
		merged.Groups = l.Groups
	}
	if l.Profile != nil {
		merged.Profile = l.Profile
	}
	return merged
}

func (s *Service) instanceActions() map[string]sim.Action {
	return map[string]sim.Action{
		"RunInstances":       wire.Query(s.runInstances),
		"TerminateInstances": wire.Query(s.terminateInstances),
		"DescribeInstances":  wire.Query(s.describeInstances),
	}
}

type stateAnswer struct {
	Code int    `xml:"code"`
	Name string `xml:"name"`
}

func stateOf(name string) stateAnswer { return stateAnswer{stateCodes[name], name} }

type instanceIDsRequest struct {
	IDs []string `query:"InstanceId,required"`
}

type stateChange struct {
	ID       string      `xml:"instanceId"`
	Current  stateAnswer `xml:"currentState"`
	Previous stateAnswer `xml:"previousState"`
}

type terminateInstancesAnswer struct {
	Changes wire.List[stateChange] `xml:"instancesSet"`
}

// terminateInstances ends all the instances, or none when one of them is unknown.
func (s *Service) terminateInstances(c *sim.Call, in *instanceIDsRequest) (*terminateInstancesAnswer, error) {
	here := s.at(c.Place)
	found := make([]instance, 0, len(in.IDs))
	for _, id := range in.IDs {
		one, err := find(instanceKind, &here.instances, id)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	answer := &terminateInstancesAnswer{}
	for _, one := range found {
		now := s.terminate(c, one, "Client.UserInitiatedShutdown: User initiated shutdown")
		answer.Changes.Items = append(answer.Changes.Items, stateChange{one.id, stateOf(now), stateOf(one.state)})
	}
	return answer, nil
}

// terminate lets an instance shut down and returns its state. What is ending already goes on ending.
func (s *Service) terminate(c *sim.Call, one instance, reason string) string {
	if one.state == instanceStopping || one.state == instanceTerminated {
		return one.state
	}
	s.enter(c, one.id, instanceStopping, func(i *instance) { i.reason = reason })
	c.After(instanceType, instanceStopping, func(at time.Time) {
		own := c.World().Own(c.Place, at)
		s.enter(own, one.id, instanceTerminated, nil)
		s.releaseInterfaces(own, one.id)
		c.World().Schedule(at.Add(terminatedShown), func(at time.Time) { s.forget(c.World().Own(c.Place, at), one.id) })
	})
	return instanceStopping
}

// enter puts an instance into a state and tells of it.
func (s *Service) enter(c *sim.Call, id, state string, edit func(*instance)) {
	here := s.at(c.Place)
	here.instances.Update(c.Stamp(), id, func(i *instance) {
		i.state = state
		if edit != nil {
			edit(i)
		}
	})
	if now, there := here.instances.Get(id); there {
		c.World().Instances.Tell(s.event(c, now))
	}
}

// releaseInterfaces deletes the interfaces that end with the instance and frees the others.
func (s *Service) releaseInterfaces(c *sim.Call, id string) {
	here := s.at(c.Place)
	for _, i := range here.interfaces.All() {
		switch {
		case !i.on(id):
		case i.attachment.deleteOnTermination:
			here.dropInterface(c, i.id)
		default:
			here.interfaces.Update(c.Stamp(), i.id, func(i *networkInterface) { i.attachment = nil })
		}
	}
}

func (s *Service) forget(c *sim.Call, id string) {
	here := s.at(c.Place)
	here.instances.Delete(c.Stamp(), id)
	here.tags.Delete(c.Stamp(), id)
}

// event describes an instance to those who follow what happens to instances.
func (s *Service) event(c *sim.Call, i instance) sim.InstanceEvent {
	event := sim.InstanceEvent{
		At: c.Now, Place: c.Place, State: i.state, ID: i.id, InstanceType: i.InstanceType, ImageID: i.ImageID,
		VpcID: i.vpc, SubnetID: i.subnet, Zone: i.zone.name, UserData: i.UserData, Tags: map[string]string{},
	}
	here := s.at(c.Place)
	for _, each := range here.interfaces.All() {
		if each.on(i.id) && each.attachment.device == 0 {
			event.PrivateIP, event.PrivateDNS = each.addresses[0].String(), privateName(each.addresses[0], c.Region)
		}
	}
	tags, _ := here.tags.Get(i.id)
	for _, t := range tags {
		event.Tags[t.Key] = t.Value
	}
	return event
}
