package ec2

import (
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type interfaceSpecification struct {
	Device              int32    `query:"DeviceIndex"`
	SubnetID            string   `query:"SubnetId"`
	Groups              []string `query:"SecurityGroupId"`
	Address             string   `query:"PrivateIpAddress"`
	SecondaryCount      int32    `query:"SecondaryPrivateIpAddressCount"`
	DeleteOnTermination *bool    `query:"DeleteOnTermination"`
}

type runInstancesRequest struct {
	Least             int32                    `query:"MinCount,required"`
	Most              int32                    `query:"MaxCount,required"`
	SubnetID          string                   `query:"SubnetId"`
	Address           string                   `query:"PrivateIpAddress"`
	Interfaces        []interfaceSpecification `query:"NetworkInterface"`
	Template          *templateSpecification   `query:"LaunchTemplate"`
	TagSpecifications []tagSpecification       `query:"TagSpecification"`
	ClientToken       string                   `query:"ClientToken"`
	launchSpec
}

type reservationAnswer struct {
	ID        string                     `xml:"reservationId"`
	OwnerID   string                     `xml:"ownerId"`
	Groups    wire.List[groupIdentifier] `xml:"groupSet"`
	Instances wire.List[instanceAnswer]  `xml:"instancesSet"`
}

func (s *Service) runInstances(c *sim.Call, in *runInstancesRequest) (*reservationAnswer, error) {
	here := s.at(c.Place)
	if again := here.launchedWith(in.ClientToken); len(again) > 0 {
		return s.reservation(c, again), nil
	}
	tags, err := tagsToMake(in.TagSpecifications, instanceType, "volume", interfaceType, "spot-instances-request")
	if err != nil {
		return nil, err
	}
	spec, placed, err := here.launchPlan(in)
	if err != nil {
		return nil, err
	}
	order := launchOrder{spec: spec, first: placed, tags: tags, token: in.ClientToken, count: int(in.Most)}
	for _, further := range in.Interfaces {
		if further.Device != 0 {
			order.further = append(order.further, further)
		}
	}
	made, err := s.launch(c, order)
	if err != nil {
		return nil, err
	}
	return s.reservation(c, made), nil
}

// launchedWith are the instances of an earlier call with the same token.
func (h *holdings) launchedWith(token string) []instance {
	var found []instance
	for _, i := range h.instances.All() {
		if token != "" && i.token == token {
			found = append(found, i)
		}
	}
	return found
}

// launchPlan is what to launch, and the first interface to launch it with.
func (h *holdings) launchPlan(in *runInstancesRequest) (launchSpec, interfaceSpecification, error) {
	spec := in.launchSpec
	first := interfaceSpecification{SubnetID: in.SubnetID, Address: in.Address}
	if in.Template != nil {
		template, err := h.resolve(*in.Template)
		if err != nil {
			return spec, first, err
		}
		spec = spec.over(template.spec)
	}
	if at := slices.IndexFunc(in.Interfaces, func(i interfaceSpecification) bool { return i.Device == 0 }); at >= 0 {
		if in.SubnetID != "" || len(in.Groups) > 0 {
			return spec, first, sim.Fail("InvalidParameterCombination", "Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request")
		}
		first = in.Interfaces[at]
	}
	if len(first.Groups) == 0 {
		first.Groups = spec.Groups
	}
	switch {
	case spec.ImageID == "":
		return spec, first, sim.Fail("MissingParameter", "The request must contain the parameter ImageId")
	case in.Least < 1 || in.Most < in.Least:
		return spec, first, sim.Fail("InvalidParameterValue", "Value (%d) for parameter minCount is invalid. It must be between 1 and maxCount.", in.Least)
	case first.SubnetID == "":
		return spec, first, sim.Fail("VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
	}
	if spec.InstanceType == "" {
		spec.InstanceType = "m1.small"
	}
	return spec, first, nil
}

// launchOrder says how many instances of what to launch with which interfaces.
type launchOrder struct {
	spec    launchSpec
	first   interfaceSpecification
	further []interfaceSpecification
	tags    []tag
	token   string
	count   int
}

func (s *Service) launch(c *sim.Call, order launchOrder) ([]instance, error) {
	here := s.at(c.Place)
	sub, err := find(subnetKind, &here.subnets, order.first.SubnetID)
	if err != nil {
		return nil, err
	}
	reservation := c.NewID("r")
	var made []instance
	for range order.count {
		one := instance{
			id: c.NewID("i"), reservation: reservation, state: instancePending, launched: c.Now, zone: sub.zone,
			vpc: sub.vpc, subnet: sub.id, token: order.token, launchSpec: order.spec,
		}
		for _, wanted := range append([]interfaceSpecification{order.first}, order.further...) {
			if err := here.launchInterface(c, one, wanted); err != nil {
				return nil, err
			}
		}
		here.instances.Put(c.Stamp(), one.id, one)
		here.putTags(c, one.id, order.tags)
		s.enter(c, one.id, instancePending, nil)
		c.After(instanceType, instancePending, func(at time.Time) { s.boot(c.World().Own(c.Place, at), one.id) })
		made = append(made, one)
	}
	return made, nil
}

// launchInterface makes an interface that is attached to the instance and, unless told otherwise, ends with it.
func (h *holdings) launchInterface(c *sim.Call, to instance, wanted interfaceSpecification) error {
	made, err := h.makeInterface(c, newInterface{
		SubnetID: wanted.SubnetID, Address: wanted.Address, SecondaryCount: wanted.SecondaryCount, Groups: wanted.Groups,
	})
	if err != nil {
		return err
	}
	made.attachment = &attachment{
		id: c.NewID("eni-attach"), instance: to.id, device: wanted.Device, at: c.Now,
		deleteOnTermination: wanted.DeleteOnTermination == nil || *wanted.DeleteOnTermination,
	}
	h.interfaces.Put(c.Stamp(), made.id, made)
	return nil
}

// boot makes a pending instance run.
func (s *Service) boot(c *sim.Call, id string) {
	if one, there := s.at(c.Place).instances.Get(id); there && one.state == instancePending {
		s.enter(c, id, instanceRunning, nil)
	}
}

func (s *Service) reservation(c *sim.Call, made []instance) *reservationAnswer {
	render := s.truth(c.Place, c.Now).allInstances()
	answer := &reservationAnswer{ID: made[0].reservation, OwnerID: c.Account}
	for _, one := range made {
		answer.Instances.Items = append(answer.Instances.Items, render(one))
	}
	return answer
}
