package node

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// Device is a network interface of an instance; the first is eth0.
type Device struct {
	fabric.Interface
	// Subnet that it is in.
	Subnet fabric.Subnet
}

// Spec describes an instance.
type Spec struct {
	Hostname string
	Devices  []Device
	// Blocks of the VPC, the primary first.
	Blocks []netip.Prefix
	// Router is the address that Cilium takes for itself: one of the last device.
	Router netip.Addr
	// ReversePathFilter is the distribution's setting for new interfaces: 0, 1 (strict) or 2 (loose).
	ReversePathFilter int
}

// Node is an instance that runs.
type Node struct {
	Spec
	*netspace.Namespace

	stopLog func()

	mu     sync.Mutex
	config Config
	pods   map[string]*Pod // by container id
	agent  *agent
}

// Boot makes the instance and plugs it in. Its agent is started by [Node.StartAgent].
func Boot(net *fabric.Fabric, spec Spec) (*Node, error) {
	ns, err := netspace.New(spec.Hostname)
	if err != nil {
		return nil, err
	}
	n := &Node{Spec: spec, Namespace: ns, pods: map[string]*Pod{}}
	for _, step := range []func() error{
		n.sysctls,
		func() error { return n.plugIn(net) },
		n.observe,
		func() (err error) { n.stopLog, err = net.Log.Listen(ns); return err },
	} {
		if err := step(); err != nil {
			return nil, errors.Join(fmt.Errorf("boot %s: %w", spec.Hostname, err), n.Close())
		}
	}
	return n, nil
}

func (n *Node) sysctls() error {
	filter := strconv.Itoa(n.ReversePathFilter)
	return n.Sysctls(map[string]string{
		"ip_forward": "1", "conf.all.rp_filter": "0", "conf.default.rp_filter": filter,
		"conf.all.send_redirects": "0", "conf.default.send_redirects": "0",
	})
}

// DeviceName is what Linux calls a device.
func DeviceName(number int) string { return fmt.Sprintf("eth%d", number) }

// plugIn gives the instance what it has when it has booted: eth0 by DHCP, and the others attached.
func (n *Node) plugIn(net *fabric.Fabric) error {
	for number, device := range n.Devices {
		if err := net.Plug(device.ID, n.Namespace, DeviceName(number)); err != nil {
			return err
		}
	}
	eth0 := n.Devices[0]
	if err := n.AddAddress("eth0", netip.PrefixFrom(eth0.Address, eth0.Subnet.Block.Bits())); err != nil {
		return err
	}
	return n.Netlink.RouteReplace(&netlink.Route{
		LinkIndex: n.Index("eth0"), Gw: eth0.Subnet.Gateway().AsSlice(), Dst: netspace.IPNet(netip.MustParsePrefix("0.0.0.0/0")),
	})
}

// secondary does what the agent does to a secondary interface (configureENINetlinkDevice in pkg/ipam/eni.go).
func (n *Node) secondary(number int) error {
	name, device := DeviceName(number), n.Devices[number]
	if err := n.AddAddress(name, netip.PrefixFrom(device.Address, device.Subnet.Block.Bits())); err != nil {
		return err
	}
	err := n.Netlink.RouteDel(&netlink.Route{
		Dst: netspace.IPNet(device.Subnet.Block), Src: device.Address.AsSlice(), Table: unix.RT_TABLE_MAIN, Scope: unix.RT_SCOPE_LINK,
	})
	if err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("subnet route of %s: %w", name, err)
	}
	if n.config.Release.OpensSecondary {
		return n.Sysctls(map[string]string{"conf." + name + ".rp_filter": "0"})
	}
	return nil
}

// Close ends the instance: its pods first.
func (n *Node) Close() error {
	var errs []error
	n.StopAgent()
	for _, pod := range n.Pods() {
		errs = append(errs, pod.close())
	}
	if n.stopLog != nil {
		n.stopLog()
	}
	return errors.Join(append(errs, n.Namespace.Close())...)
}

// Pods that run here.
func (n *Node) Pods() []*Pod {
	n.mu.Lock()
	defer n.mu.Unlock()
	pods := make([]*Pod, 0, len(n.pods))
	for _, pod := range n.pods {
		pods = append(pods, pod)
	}
	return pods
}

// deviceOf finds the device that has an address.
func (n *Node) deviceOf(address netip.Addr) (int, Device, error) {
	for number, device := range n.Devices {
		for _, secondary := range device.Secondary {
			if secondary.Contains(address) {
				return number, device, nil
			}
		}
	}
	return 0, Device{}, fmt.Errorf("no interface of %s has address %s", n.Name, address)
}

// Rules are the kernel's rules from an address, as `ip rule` prints them.
func (n *Node) Rules(from netip.Addr) ([]string, error) {
	rules, err := n.Netlink.RuleList(netlink.FAMILY_V4)
	if err != nil {
		return nil, fmt.Errorf("rules of %s: %w", n.Name, err)
	}
	var lines []string
	for _, rule := range rules {
		if rule.Src == nil || !rule.Src.IP.Equal(from.AsSlice()) {
			continue
		}
		to := ""
		if rule.Dst != nil {
			to = " to " + rule.Dst.String()
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d: from %s%s lookup %d", rule.Priority, from, to, rule.Table)))
	}
	return lines, nil
}
