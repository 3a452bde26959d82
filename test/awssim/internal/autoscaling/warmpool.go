package autoscaling

import (
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// warmPool is what a group keeps ready beside its capacity (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html).
type warmPool struct {
	least int32
	// prepared bounds group and pool together; without it the group's maximum does.
	prepared *int32
	state    string
}

// The states of members of a pool that occur here; a pool's own state follows the prefix.
const (
	warmPrefix      = "Warmed:"
	warmPending     = warmPrefix + memberPending
	warmTerminating = warmPrefix + memberTerminating
	runningPool     = "Running"
	stoppedPool     = "Stopped"
)

var poolStates = []string{runningPool, stoppedPool, "Hibernated"}

func (m member) warm() bool { return strings.HasPrefix(m.state, warmPrefix) }

// ending is the state in which the member ends.
func (m member) ending() string {
	if m.warm() {
		return warmTerminating
	}
	return memberTerminating
}

// warmed counts the members of the pool.
func (g group) warmed() int {
	count := 0
	for _, m := range g.members {
		if m.warm() && m.state != warmTerminating {
			count++
		}
	}
	return count
}

// poolSize is how many members the pool should have (API_PutWarmPool).
func (g group) poolSize() int {
	if g.pool == nil {
		return 0
	}
	prepared := g.most
	if g.pool.prepared != nil {
		prepared = *g.pool.prepared
	}
	return int(max(g.pool.least, prepared-g.desired))
}

func (s *Service) member(place sim.Place, name, id string) member {
	g, _ := s.at(place).groups.Get(name)
	if at := g.index(id); at >= 0 {
		return g.members[at]
	}
	return member{}
}

// fillPool launches into the pool what it lacks, and ends what it has too many.
func (s *Service) fillPool(c *sim.Call, name string) {
	here, cause := s.at(c.Place), "At "+stamp(c.Now)+" the warm pool was adjusted to its size."
	g, _ := here.groups.Get(name)
	for missing := g.poolSize() - g.warmed(); missing > 0; missing-- {
		if !s.grow(c, name, warmPending, cause) {
			return
		}
	}
	for surplus := g.warmed() - g.poolSize(); surplus > 0; surplus-- {
		g, _ := here.groups.Get(name)
		at := slices.IndexFunc(g.members, func(m member) bool { return m.warm() && m.state != warmTerminating })
		s.end(c, name, g.members[at].id, cause)
	}
}

// warmUp brings a member that was launched into the pool to the pool's state.
func (s *Service) warmUp(c *sim.Call, name, id string) {
	g, _ := s.at(c.Place).groups.Get(name)
	m := s.member(c.Place, name, id)
	switch {
	case g.pool == nil || m.state != warmPending:
	case g.pool.state == runningPool || !s.fleet.Running(c.Place, id):
		s.at(c.Place).change(c, name, id, func(m *member) { m.state = warmPrefix + g.pool.state })
	default:
		s.fleet.Stop(c, id)
	}
}

// draw takes a member that is ready out of the pool into the capacity, and says whether there was one.
func (s *Service) draw(c *sim.Call, name, cause string) bool {
	here := s.at(c.Place)
	g, _ := here.groups.Get(name)
	at := slices.IndexFunc(g.members, func(m member) bool { return m.warm() && m.state != warmPending && m.state != warmTerminating })
	if at < 0 {
		return false
	}
	id := g.members[at].id
	here.change(c, name, id, func(m *member) { m.state = memberPending })
	here.tell(c, name, "Launching a new EC2 instance from warm pool: "+id, cause, successfulActivity)
	if s.fleet.Running(c.Place, id) {
		s.serve(c, name, id)
	} else {
		s.fleet.Start(c, id)
	}
	return true
}
