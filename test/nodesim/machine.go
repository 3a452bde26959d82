package nodesim

import (
	"context"
	"net/netip"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// machine is an instance, its node once it has one, and what the node's kernel is set up to do.
type machine struct {
	instance instance
	node     string
	nodeUID  types.UID
	eth1     networkInterface
	// eth0Addresses are those for pods on the first interface.
	eth0Addresses []netip.Addr
	// prefix holds the addresses of the pods on the second interface; kwok takes them from the node's podCIDR.
	prefix netip.Prefix
	// blocks of the VPC, the primary first, as Cilium's operator last saw them.
	blocks []netip.Prefix
	// registering is true from when the instance was seen running until its Node and CiliumNode are there, leaving from
	// when it was not seen running any more.
	registering, leaving bool

	agent  *agent
	kernel *Datapath // nil until the first agent is up; an agent that goes away leaves it
	pods   map[types.UID]birth
	births int // so many so far
}

// watchInstances makes machines of instances until the context ends.
func (s *Sim) watchInstances(ctx context.Context) {
	ticker := time.NewTicker(s.options.Poll)
	defer ticker.Stop()
	if s.options.Watch != nil {
		s.options.Watch(ctx, s.lookSoon)
	}
	for {
		began := time.Now()
		found, err := s.instances(ctx)
		took := time.Since(began)
		if err == nil {
			s.follow(ctx, found)
		} else if ctx.Err() == nil {
			s.options.Log.Error(err, "instances")
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.changed:
			pause(ctx, max(betweenLists, restFactor*took))
		}
	}
}

// betweenLists gathers what happens at about the same time. Long lists, of hundreds of instances, are taken more seldom:
// reading them is work too.
const (
	betweenLists = 50 * time.Millisecond
	restFactor   = 4
)

// lookSoon has the instances listed before the next regular time.
func (s *Sim) lookSoon() {
	select {
	case s.changed <- struct{}{}:
	default: // it is asked for already
	}
}

// follow starts to register what is new and to take away what is gone.
func (s *Sim) follow(ctx context.Context, found map[string]instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, i := range found {
		if m := s.machines[id]; i.running && m == nil && !s.held {
			m = &machine{instance: i, registering: true, pods: map[types.UID]birth{}}
			s.machines[id] = m
			s.done.Go(func() { s.bringUp(ctx, m) })
		}
	}
	for id, m := range s.machines {
		if _, there := found[id]; !there && !m.leaving && !m.registering {
			m.leaving = true
			s.done.Go(func() { s.takeDown(ctx, m) })
		}
	}
}

func (s *Sim) bringUp(ctx context.Context, m *machine) {
	if !pause(ctx, s.options.NodeDelay) {
		return
	}
	err := s.register(ctx, m)
	if err != nil {
		pause(ctx, notYet)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m.registering = false
	defer s.lookSoon() // it may be gone by now
	if err != nil && ctx.Err() == nil {
		s.options.Log.Error(err, "register", "instance", m.instance.id)
		delete(s.machines, m.instance.id) // to be tried again
	}
}

func (s *Sim) takeDown(ctx context.Context, m *machine) {
	if err := s.unregister(ctx, m); err != nil && ctx.Err() == nil {
		s.options.Log.Error(err, "unregister", "node", m.node)
		pause(ctx, notYet)
		s.mu.Lock()
		m.leaving = false
		s.mu.Unlock()
		s.lookSoon()
		return
	}
	s.mu.Lock()
	delete(s.machines, m.instance.id)
	s.mu.Unlock()
}

// machineOf finds the machine of a node; nil if there is none.
func (s *Sim) machineOf(node string) *machine {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.machines {
		if m.node == node {
			return m
		}
	}
	return nil
}

// pause waits, and reports whether it was not cut short.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
