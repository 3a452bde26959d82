package netspace

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// End is one end of a cable.
type End struct {
	In   *Namespace
	Name string
	// MAC, if set, is the address of this end.
	MAC string
}

// MTU of all cables: a jumbo frame of EC2.
const MTU = 9001

// Connect lays a cable between two namespaces, both ends up.
func Connect(a, b End, mtu int) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU = a.Name, mtu
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: b.Name, PeerNamespace: netlink.NsFd(b.In.FD()), PeerMTU: uint32(mtu)}
	for _, end := range []struct {
		text string
		into *net.HardwareAddr
	}{{a.MAC, &veth.HardwareAddr}, {b.MAC, &veth.PeerHardwareAddr}} {
		if end.text == "" {
			continue
		}
		mac, err := net.ParseMAC(end.text)
		if err != nil {
			return fmt.Errorf("connect %s and %s: %w", a.Name, b.Name, err)
		}
		*end.into = mac
	}
	if err := a.In.Netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("connect %s of %s and %s of %s: %w", a.Name, a.In.Name, b.Name, b.In.Name, err)
	}
	for _, end := range []End{a, b} {
		link, err := end.In.Netlink.LinkByName(end.Name)
		if err == nil {
			err = end.In.Netlink.LinkSetUp(link)
		}
		if err != nil {
			return fmt.Errorf("bring up %s of %s: %w", end.Name, end.In.Name, err)
		}
	}
	return nil
}

// Index is the number of an interface; 0 if there is none of that name.
func (n *Namespace) Index(name string) int {
	link, err := n.Netlink.LinkByName(name)
	if err != nil {
		return 0
	}
	return link.Attrs().Index
}

// AddAddress gives an interface an address.
func (n *Namespace) AddAddress(name string, address netip.Prefix) error {
	link, err := n.Netlink.LinkByName(name)
	if err == nil {
		err = n.Netlink.AddrReplace(link, &netlink.Addr{IPNet: IPNet(address)})
	}
	if err != nil {
		return fmt.Errorf("address %s of %s in %s: %w", address, name, n.Name, err)
	}
	return nil
}

// IPNet is a prefix as the older libraries have it. Its address is kept.
func IPNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}
}

// Host is the prefix of one address.
func Host(address netip.Addr) netip.Prefix { return netip.PrefixFrom(address, address.BitLen()) }
