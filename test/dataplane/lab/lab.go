package lab

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sync/errgroup"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// Options of a Lab. The zero value is the incident: everything right in AWS, nothing done about Cilium.
type Options struct {
	// Version of Cilium whose agent is played. Default 1.18.4.
	Version string
	// MasqueradeOff is enable-ipv4-masquerade=false.
	MasqueradeOff bool
	// Native is ipv4-native-routing-cidr of a side's agent.
	Native map[Side]string
	// ReversePathFilter is the distribution's. Default 1, strict.
	ReversePathFilter *int
	// Edit changes the state of AWS.
	Edit func(*fabric.State)
}

// Lab runs.
type Lab struct {
	Caller
	Fabric *fabric.Fabric
	Nodes  map[Side]*node.Node
	VMs    map[Side]*netspace.Namespace

	options Options
}

// New builds everything but the pods. Call Close in the end.
func New(options Options) (*Lab, error) {
	if options.Version == "" {
		options.Version = "1.18.4"
	}
	log := fabric.NewLog()
	l := &Lab{Fabric: fabric.New(log), options: options, Nodes: map[Side]*node.Node{}, VMs: map[Side]*netspace.Namespace{}}
	l.Caller.Log = log
	l.Caller.Nodes = func() []*node.Node { return []*node.Node{l.Nodes[A], l.Nodes[B]} }
	if err := l.build(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Lab) build() error {
	state := Healthy()
	if l.options.Edit != nil {
		l.options.Edit(&state)
	}
	if err := l.Fabric.Apply(state); err != nil {
		return err
	}
	for _, side := range []Side{A, B} {
		if err := l.bootNode(side, state); err != nil {
			return err
		}
		if err := l.bootVM(side); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) bootNode(side Side, state fabric.State) error {
	spec := node.Spec{Hostname: "node-" + string(side), Blocks: []netip.Prefix{side.Block()}, Router: side.Addr("4.250"), ReversePathFilter: 1}
	if l.options.ReversePathFilter != nil {
		spec.ReversePathFilter = *l.options.ReversePathFilter
	}
	for _, i := range state.Interfaces {
		if i.ID == side.interfaceOf("eth0") || i.ID == side.interfaceOf("eth1") {
			spec.Devices = append(spec.Devices, node.Device{Interface: i, Subnet: side.subnet("nodes")})
		}
	}
	n, err := node.Boot(l.Fabric, spec)
	if err != nil {
		return err
	}
	l.Nodes[side] = n
	return n.StartAgent(l.Config(l.options.Native[side]))
}

// Config of an agent with a native routing CIDR, "" for none.
func (l *Lab) Config(native string) node.Config {
	config := node.Config{Release: node.Parse(l.options.Version), Masquerade: !l.options.MasqueradeOff}
	if native != "" {
		config.Native = netip.MustParsePrefix(native)
	}
	return config
}

func (l *Lab) bootVM(side Side) error {
	ns, err := netspace.New("vm-" + string(side))
	if err != nil {
		return err
	}
	l.VMs[side] = ns
	if err := l.Fabric.Plug(side.interfaceOf("vm"), ns, "eth0"); err != nil {
		return err
	}
	subnet := side.subnet("vms")
	if err := ns.AddAddress("eth0", netip.PrefixFrom(side.Addr("16.20"), subnet.Block.Bits())); err != nil {
		return err
	}
	return ns.Netlink.RouteReplace(&netlink.Route{
		LinkIndex: ns.Index("eth0"), Gw: subnet.Gateway().AsSlice(), Dst: netspace.IPNet(netip.MustParsePrefix("0.0.0.0/0")),
	})
}

// Renew starts the agents of both sides again with a native routing CIDR, as their DaemonSet's restart does.
func (l *Lab) Renew(native string) error {
	var group errgroup.Group
	for _, n := range l.Nodes {
		group.Go(func() error { return n.StartAgent(l.Config(native)) })
	}
	return group.Wait()
}

// Close takes everything down.
func (l *Lab) Close() error {
	var errs []error
	for _, n := range l.Nodes {
		errs = append(errs, n.Close())
	}
	for _, vm := range l.VMs {
		errs = append(errs, vm.Close())
	}
	if err := errors.Join(append(errs, l.Fabric.Close())...); err != nil {
		return fmt.Errorf("take the lab down: %w", err)
	}
	return nil
}
