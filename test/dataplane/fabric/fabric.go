package fabric

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// Fabric is the networks of VPCs. It is safe for concurrent use.
type Fabric struct {
	Log *Log

	mu      sync.Mutex
	routers map[string]*router
	// cables leads from a peering connection to the routers that it joins.
	cables map[string][2]*router
	state  State
}

// New makes a fabric without VPCs.
func New(log *Log) *Fabric {
	return &Fabric{Log: log, routers: map[string]*router{}, cables: map[string][2]*router{}}
}

// Apply makes the fabric follow a state. Interfaces without a cable ([Fabric.Plug]) are not there yet.
func (f *Fabric) Apply(state State) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = state
	for _, vpc := range state.VPCs {
		if f.routers[vpc.ID] != nil {
			continue
		}
		r, err := newRouter(vpc.ID, f.Log)
		if err != nil {
			return err
		}
		f.routers[vpc.ID] = r
	}
	if err := f.layCables(); err != nil {
		return err
	}
	return f.program()
}

// Edit changes the state and applies it.
func (f *Fabric) Edit(edit func(*State)) error {
	f.mu.Lock()
	state := f.state
	f.mu.Unlock()
	edit(&state)
	return f.Apply(state)
}

// Plug lays the cable between an interface of the state and a device of a namespace: an instance's.
func (f *Fabric) Plug(id string, ns *netspace.Namespace, device string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, i := range f.state.Interfaces {
		if i.ID != id {
			continue
		}
		vpc, subnet, ok := f.state.vpcOf(i.Subnet)
		if !ok {
			return fmt.Errorf("plug %s: no subnet %s", id, i.Subnet)
		}
		if err := f.routers[vpc].plug(i, subnet, ns, device); err != nil {
			return fmt.Errorf("plug %s: %w", id, err)
		}
		return f.program(vpc)
	}
	return fmt.Errorf("plug %s: no such interface", id)
}

// program has routers follow the state: those of some VPCs, or all.
func (f *Fabric) program(only ...string) error {
	var errs []error
	for _, vpc := range f.state.VPCs {
		if len(only) > 0 && !slices.Contains(only, vpc.ID) {
			continue
		}
		if err := f.routers[vpc.ID].follow(vpc, f.state); err != nil {
			errs = append(errs, fmt.Errorf("router of %s: %w", vpc.ID, err))
		}
	}
	return errors.Join(errs...)
}

// layCables joins the routers of peered VPCs, and parts those that are peered no more: routes there go with the cable.
func (f *Fabric) layCables() error {
	wanted := map[string]bool{}
	for _, p := range f.state.Peerings {
		a, b := f.routers[p.Requester], f.routers[p.Accepter]
		if a == nil || b == nil {
			continue // the other VPC is not played here
		}
		wanted[p.ID] = true
		if _, ok := f.cables[p.ID]; ok {
			continue
		}
		if err := join(p, a, b); err != nil {
			return err
		}
		f.cables[p.ID] = [2]*router{a, b}
	}
	for id, ends := range f.cables {
		if wanted[id] {
			continue
		}
		if err := part(id, ends[0], ends[1]); err != nil {
			return err
		}
		delete(f.cables, id)
	}
	return nil
}

// Close takes the fabric down.
func (f *Fabric) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, r := range f.routers {
		errs = append(errs, r.close())
	}
	clear(f.routers)
	return errors.Join(errs...)
}
