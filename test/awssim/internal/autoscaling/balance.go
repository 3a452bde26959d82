package autoscaling

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// retryAfter is when a launch that failed is tried again.
const retryAfter = time.Minute

// balance launches or terminates members until the group has its desired capacity.
func (s *Service) balance(c *sim.Call, name, cause string) {
	here := s.at(c.Place)
	g, there := here.groups.Get(name)
	if !there || g.isDeleting {
		return
	}
	for missing := g.desired - g.capacity(); missing > 0; missing-- {
		if !s.draw(c, name, cause) && !s.grow(c, name, memberPending, cause) {
			c.World().Schedule(c.Now.Add(retryAfter), func(at time.Time) { s.balance(c.World().Own(c.Place, at), name, cause) })
			return
		}
	}
	for surplus := g.capacity() - g.desired; surplus > 0; surplus-- {
		g, _ := here.groups.Get(name)
		s.end(c, name, g.surplus(), cause)
	}
	s.fillPool(c, name)
}

// grow launches one member, which begins in a state, into the subnet that has the fewest, and says whether that worked.
func (s *Service) grow(c *sim.Call, name, state, cause string) bool {
	here := s.at(c.Place)
	g, _ := here.groups.Get(name)
	subnet := slices.MinFunc(g.subnets, func(a, b string) int { return cmp.Compare(g.membersIn(a), g.membersIn(b)) })
	tags := map[string]string{"aws:autoscaling:groupName": g.name}
	for _, t := range g.tags {
		if t.PropagateAtLaunch {
			tags[t.Key] = t.Value
		}
	}
	launched, err := s.fleet.Launch(c, g.template, subnet, tags)
	if err != nil {
		here.tell(c, g.name, "Launching a new EC2 instance.  Status Reason: "+err.Error(), cause, failedActivity)
		return false
	}
	g.members = append(slices.Clip(g.members), member{
		id: launched.ID, zone: launched.Zone, subnet: subnet, kind: launched.InstanceType, state: state, health: "Healthy",
		template: launched.Template, protected: g.protects,
	})
	here.groups.Put(c.Stamp(), g.name, g)
	here.tell(c, g.name, "Launching a new EC2 instance: "+launched.ID, cause, successfulActivity)
	return true
}

func (g group) membersIn(subnet string) int {
	count := 0
	for _, m := range g.members {
		if m.counts() && m.subnet == subnet {
			count++
		}
	}
	return count
}

// surplus is the member to go first: the oldest that is not protected, in the subnet that has the most.
func (g group) surplus() string {
	var candidates []member
	for _, m := range g.members {
		if m.counts() && !m.protected {
			candidates = append(candidates, m)
		}
	}
	if len(candidates) == 0 {
		return ""
	}
	return slices.MaxFunc(candidates, func(a, b member) int { return cmp.Compare(g.membersIn(a.subnet), g.membersIn(b.subnet)) }).id
}

// end terminates a member and returns the activity that tells of it.
func (s *Service) end(c *sim.Call, name, id, cause string) activity {
	here := s.at(c.Place)
	here.change(c, name, id, func(m *member) { m.state = m.ending() })
	s.fleet.Terminate(c, id)
	return here.tell(c, name, "Terminating EC2 instance: "+id, cause, successfulActivity)
}

// change edits one member of a group.
func (h *holdings) change(c *sim.Call, name, id string, edit func(*member)) {
	h.groups.Update(c.Stamp(), name, func(g *group) {
		g.members = slices.Clone(g.members)
		if at := g.index(id); at >= 0 {
			edit(&g.members[at])
		}
	})
}

// follow lets a group notice what happens to its members.
func (s *Service) follow(event sim.InstanceEvent) {
	if _, here := s.places[event.Place]; !here {
		return
	}
	c := s.world.Own(event.Place, event.At)
	name, known := s.at(event.Place).groupOf(event.ID)
	switch {
	case !known:
	case event.State == "running" && s.member(event.Place, name, event.ID).warm(), event.State == "stopped":
		s.warmUp(c, name, event.ID)
	case event.State == "running":
		s.serve(c, name, event.ID)
	case event.State == "shutting-down":
		s.lose(c, name, event.ID)
	case event.State == "terminated":
		s.drop(c, name, event.ID)
	}
}

func (h *holdings) groupOf(id string) (name string, known bool) {
	for _, g := range h.groups.All() {
		if g.index(id) >= 0 {
			return g.name, true
		}
	}
	return "", false
}

// serve lets a member that runs enter service after a while.
func (s *Service) serve(c *sim.Call, name, id string) {
	c.After(instanceType, memberPending, func(at time.Time) { s.enterService(s.world.Own(c.Place, at), name, id) })
}

func (s *Service) enterService(c *sim.Call, name, id string) {
	s.at(c.Place).change(c, name, id, func(m *member) {
		if m.state == memberPending {
			m.state = memberInService
		}
	})
}

// lose takes a member that is shutting down out of the capacity; its successor comes after a while.
func (s *Service) lose(c *sim.Call, name, id string) {
	s.at(c.Place).change(c, name, id, func(m *member) {
		if m.state != m.ending() {
			m.state, m.health = m.ending(), "Unhealthy"
		}
	})
	c.After(groupType, replacing, func(at time.Time) {
		s.balance(s.world.Own(c.Place, at), name,
			"At "+stamp(at)+" an instance was started in response to a difference between desired and actual capacity.")
	})
}

// drop takes a terminated member out of its group, and a group that is being deleted with its last one.
func (s *Service) drop(c *sim.Call, name, id string) {
	here := s.at(c.Place)
	here.groups.Update(c.Stamp(), name, func(g *group) {
		g.members = slices.DeleteFunc(slices.Clone(g.members), func(m member) bool { return m.id == id })
	})
	if g, _ := here.groups.Get(name); g.isDeleting && len(g.members) == 0 {
		here.groups.Delete(c.Stamp(), name)
	}
}

func number(n int32) string { return strconv.Itoa(int(n)) }

// stamp renders a time as the causes of activities do.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
