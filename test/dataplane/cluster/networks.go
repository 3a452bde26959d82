package cluster

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/dataplane/awsstate"
	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
)

// NewNetworks makes networks that are empty.
func NewNetworks(log *fabric.Log) *Networks {
	return &Networks{Fabric: fabric.New(log), delegated: map[string]fabric.Interface{}}
}

// Follow has the networks follow the simulated AWS until the context ends. What fails is reported, and tried again.
func (n *Networks) Follow(ctx context.Context, url string, report func(error)) {
	const pause = 150 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		state, err := awsstate.Read(ctx, url)
		if err == nil {
			err = n.follow(state)
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (n *Networks) follow(state fabric.State) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if reflect.DeepEqual(state, n.state) {
		return nil
	}
	if err := n.Apply(n.complete(state)); err != nil {
		return err
	}
	n.state = state
	return nil
}

// Delegate adds the prefixes that Cilium has for an interface.
func (n *Networks) Delegate(interfaces ...fabric.Interface) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, i := range interfaces {
		n.delegated[i.ID] = i
	}
	return n.Apply(n.complete(n.state))
}

// Knows reports whether AWS has the interface.
func (n *Networks) Knows(id string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(n.state.Interfaces, func(i fabric.Interface) bool { return i.ID == id })
}

func (n *Networks) complete(state fabric.State) fabric.State {
	state.Interfaces = slices.Clone(state.Interfaces)
	for i := range state.Interfaces {
		if cilium, ok := n.delegated[state.Interfaces[i].ID]; ok {
			state.Interfaces[i].Secondary = cilium.Secondary
		}
	}
	return state
}

// VPCOf is the VPC of a subnet.
func (n *Networks) VPCOf(subnet string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, vpc := range n.state.VPCs {
		if slices.ContainsFunc(vpc.Subnets, func(s fabric.Subnet) bool { return s.ID == subnet }) {
			return vpc.ID
		}
	}
	return ""
}
