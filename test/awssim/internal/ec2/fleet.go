package ec2

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// Fleet is how Auto Scaling and EKS use the account's EC2: on its behalf, with reserved tags.
type Fleet struct{ service *Service }

// Fleet gives other services their way in.
func (s *Service) Fleet() Fleet { return Fleet{service: s} }

// Template names a launch template and its version.
type Template struct{ ID, Name, Version string }

// Launched is an instance of a fleet. Template is what it was launched from, with the number of the version.
type Launched struct {
	ID, Zone, InstanceType string
	Template               Template
}

// Resolve checks that the template is there and returns its id and name.
func (f Fleet) Resolve(place sim.Place, wanted Template) (Template, error) {
	here := f.service.at(place)
	named := templateReference{ID: wanted.ID, Name: wanted.Name}
	found, err := here.template(named)
	if err != nil {
		return wanted, err
	}
	if _, err := here.resolve(templateSpecification{named, wanted.Version}); err != nil {
		return wanted, err
	}
	return Template{ID: found.id, Name: found.name, Version: wanted.Version}, nil
}

// Launch launches one instance of the template into the subnet. Tags may have reserved keys.
func (f Fleet) Launch(c *sim.Call, from Template, subnet string, tags map[string]string) (Launched, error) {
	here := f.service.at(c.Place)
	template, err := here.resolve(templateSpecification{templateReference{ID: from.ID, Name: from.Name}, from.Version})
	if err != nil {
		return Launched{}, err
	}
	all := slices.Clone(template.tags)
	for key, value := range tags {
		all = slices.DeleteFunc(all, func(t tag) bool { return t.Key == key })
		all = append(all, tag{Key: key, Value: value})
	}
	slices.SortFunc(all, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	if template.spec.InstanceType == "" {
		template.spec.InstanceType = "m1.small"
	}
	made, err := f.service.launch(c, launchOrder{
		spec: template.spec, first: interfaceSpecification{SubnetID: subnet, Groups: template.spec.Groups}, tags: all, count: 1,
	})
	if err != nil {
		return Launched{}, err
	}
	from.Version = strconv.Itoa(template.version)
	return Launched{ID: made[0].id, Zone: made[0].zone.name, InstanceType: made[0].InstanceType, Template: from}, nil
}

// Terminate ends an instance; one that is gone already is no error.
func (f Fleet) Terminate(c *sim.Call, id string) {
	if one, there := f.service.at(c.Place).instances.Get(id); there {
		f.service.terminate(c, one, "Server.ScheduledStop: Terminated by Auto Scaling")
	}
}

// Stop has a running instance stop.
func (f Fleet) Stop(c *sim.Call, id string) {
	one, there := f.service.at(c.Place).instances.Get(id)
	if !there || one.state != instanceRunning {
		return
	}
	f.service.enter(c, id, instanceHalting, nil)
	c.After(instanceType, instanceHalting, func(at time.Time) {
		if one, there := f.service.at(c.Place).instances.Get(id); there && one.state == instanceHalting {
			f.service.enter(c.World().Own(c.Place, at), id, instanceStopped, nil)
		}
	})
}

// Start boots a stopped instance.
func (f Fleet) Start(c *sim.Call, id string) {
	if one, there := f.service.at(c.Place).instances.Get(id); there && one.state == instanceStopped {
		f.service.enter(c, id, instancePending, nil)
		c.After(instanceType, instancePending, func(at time.Time) { f.service.boot(c.World().Own(c.Place, at), id) })
	}
}

// Running says whether the instance is.
func (f Fleet) Running(place sim.Place, id string) bool {
	one, there := f.service.at(place).instances.Get(id)
	return there && one.state == instanceRunning
}

// SubnetPlace is the VPC and the zone of a subnet.
func (f Fleet) SubnetPlace(place sim.Place, id string) (vpc, zone string, known bool) {
	sub, known := f.service.at(place).subnets.Get(id)
	return sub.vpc, sub.zone.name, known
}

// GroupIn says whether the security group is in the VPC.
func (f Fleet) GroupIn(place sim.Place, vpc, id string) bool {
	g, known := f.service.at(place).groups.Get(id)
	return known && g.vpc == vpc
}

// MakeClusterGroup makes the security group of an EKS cluster: its members reach each other and everything
// else (docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html).
func (f Fleet) MakeClusterGroup(c *sim.Call, vpc, name, description string, tags map[string]string) string {
	here := f.service.at(c.Place)
	made := group{id: c.NewID("sg"), name: name, description: description, vpc: vpc}
	itself := permission{protocol: allProtocols, from: -1, to: -1, group: made.id, account: c.Account}
	made.rules = []rule{{id: c.NewID("sgr"), permission: itself}, egressAll(c)}
	here.groups.Put(c.Stamp(), made.id, made)
	all := make([]tag, 0, len(tags))
	for key, value := range tags {
		all = append(all, tag{Key: key, Value: value})
	}
	slices.SortFunc(all, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	here.putTags(c, made.id, all)
	return made.id
}

// DropGroup deletes the group of a cluster that is gone.
func (f Fleet) DropGroup(c *sim.Call, id string) {
	here := f.service.at(c.Place)
	if g, known := here.groups.Get(id); known {
		here.dropGroup(c, g)
	}
}
