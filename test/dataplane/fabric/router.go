package fabric

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// router is what a VPC has between its interfaces.
type router struct {
	ns        *netspace.Namespace
	stop      func()
	ports     map[string]port    // by interface id
	peers     map[string]peering // by connection id
	numbers   map[string]int     // of route tables
	installed map[string]netlink.Route
	followed  map[string]netlink.Rule
	// names counts the devices made so far.
	names int
}

// port is the router's end of an interface's cable.
type port struct {
	device string
	subnet Subnet
}

// peering is the router's end of a peering connection.
type peering struct {
	device string
	next   netip.Addr
}

// nowhere is the device to what does not exist. It is never used: the rules drop, and count, what is about to leave by
// it; a route of type blackhole or unreachable could not be told apart, and the latter would have Linux answer.
const nowhere = "nowhere"

func newRouter(name string, log *Log) (*router, error) {
	ns, err := netspace.New(name)
	if err != nil {
		return nil, err
	}
	r := &router{
		ns: ns, ports: map[string]port{}, peers: map[string]peering{}, numbers: map[string]int{},
		installed: map[string]netlink.Route{}, followed: map[string]netlink.Rule{},
	}
	err = ns.Sysctls(map[string]string{
		"ip_forward": "1", "conf.all.rp_filter": "0", "conf.default.rp_filter": "0",
		"conf.all.send_redirects": "0", "conf.default.send_redirects": "0", "conf.all.accept_local": "1",
	})
	if err == nil {
		err = netspace.Connect(netspace.End{In: ns, Name: nowhere}, netspace.End{In: ns, Name: "elsewhere"}, netspace.MTU)
	}
	if err == nil {
		r.stop, err = log.Listen(ns)
	}
	if err != nil {
		return nil, fmt.Errorf("router of %s: %w", name, err)
	}
	return r, nil
}

func (r *router) close() error {
	r.stop()
	return r.ns.Close()
}

// plug lays an interface's cable. The router answers for the subnet's gateway, and never asks who has an address: AWS
// knows, and Linux with a strict reverse path filter would not answer on a second interface.
func (r *router) plug(i Interface, subnet Subnet, ns *netspace.Namespace, device string) error {
	r.names++
	p := port{device: fmt.Sprintf("eni%d", r.names), subnet: subnet}
	if old, ok := r.ports[i.ID]; ok {
		if link, err := r.ns.Netlink.LinkByName(old.device); err == nil {
			_ = r.ns.Netlink.LinkDel(link)
		}
	}
	err := netspace.Connect(netspace.End{In: r.ns, Name: p.device}, netspace.End{In: ns, Name: device, MAC: i.MAC}, netspace.MTU)
	if err != nil {
		return err
	}
	if err := r.ns.AddAddress(p.device, netspace.Host(subnet.Gateway())); err != nil {
		return err
	}
	mac, err := net.ParseMAC(i.MAC)
	if err != nil {
		return err
	}
	r.ports[i.ID] = p
	return r.knows(p.device, i.Address, mac)
}

// knows tells the router which hardware an address is at.
func (r *router) knows(device string, address netip.Addr, mac net.HardwareAddr) error {
	return r.ns.Netlink.NeighSet(&netlink.Neigh{
		LinkIndex: r.ns.Index(device), Family: unix.AF_INET, State: netlink.NUD_PERMANENT, IP: address.AsSlice(), HardwareAddr: mac,
	})
}

// answersFor has the router answer the question who has an address of the subnet, as another instance would.
func (r *router) answersFor(device string, address netip.Addr) error {
	return r.ns.Netlink.NeighSet(&netlink.Neigh{
		LinkIndex: r.ns.Index(device), Family: unix.AF_INET, Flags: netlink.NTF_PROXY, IP: address.AsSlice(),
	})
}

// join lays the cable of a peering connection.
func join(p Peering, a, b *router) error {
	mtu := p.MTU
	if mtu == 0 {
		mtu = netspace.MTU
	}
	a.names, b.names = a.names+1, b.names+1
	// Any address will do: the neighbours are told, nobody asks.
	ends := [2]peering{
		{fmt.Sprintf("pcx%d", a.names), netip.MustParseAddr("169.254.255.2")},
		{fmt.Sprintf("pcx%d", b.names), netip.MustParseAddr("169.254.255.1")},
	}
	err := netspace.Connect(netspace.End{In: a.ns, Name: ends[0].device}, netspace.End{In: b.ns, Name: ends[1].device}, mtu)
	if err != nil {
		return fmt.Errorf("peering %s: %w", p.ID, err)
	}
	for n, r := range []*router{a, b} {
		other := []*router{b, a}[n]
		link, err := other.ns.Netlink.LinkByName(ends[1-n].device)
		if err == nil {
			err = r.knows(ends[n].device, ends[n].next, link.Attrs().HardwareAddr)
		}
		if err != nil {
			return fmt.Errorf("peering %s: %w", p.ID, err)
		}
		r.peers[p.ID] = ends[n]
	}
	return nil
}

func part(id string, a, b *router) error {
	link, err := a.ns.Netlink.LinkByName(a.peers[id].device)
	if err == nil {
		err = a.ns.Netlink.LinkDel(link)
	}
	delete(a.peers, id)
	delete(b.peers, id)
	if err != nil {
		return fmt.Errorf("part peering %s: %w", id, err)
	}
	return nil
}
