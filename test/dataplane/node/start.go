package node

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"

	"github.com/cilium/cilium/pkg/datapath/linux/linux_defaults"
	"github.com/cilium/cilium/pkg/datapath/linux/route"
	linuxrouting "github.com/cilium/cilium/pkg/datapath/linux/routing"
	ipamOption "github.com/cilium/cilium/pkg/ipam/option"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// StartAgent starts Cilium's agent on a node, or renews it with another configuration: pods stay, and with them, unless
// the release restores them, their rules.
func (n *Node) StartAgent(config Config) error {
	n.StopAgent()
	if err := config.Validate(n.Blocks); err != nil {
		return fmt.Errorf("agent of %s: %w", n.Name, err)
	}
	n.mu.Lock()
	n.config = config
	n.mu.Unlock()
	for _, step := range []func() error{n.prepare, n.masquerade, n.routerAddress, n.restore, n.serve} {
		if err := step(); err != nil {
			return fmt.Errorf("agent of %s: %w", n.Name, err)
		}
	}
	return nil
}

// prepare does what the agent does to the node (pkg/datapath/loader/base.go, pkg/ipam/eni.go).
func (n *Node) prepare() error {
	if err := n.Sysctls(map[string]string{"conf.all.rp_filter": "0", "conf.eth0.rp_filter": "2"}); err != nil {
		return err
	}
	for number := 1; number < len(n.Devices); number++ {
		if err := n.secondary(number); err != nil {
			return err
		}
	}
	if n.Index("cilium_host") == 0 {
		err := netspace.Connect(netspace.End{In: n.Namespace, Name: "cilium_host"}, netspace.End{In: n.Namespace, Name: "cilium_net"}, netspace.MTU)
		if err == nil {
			err = n.AddAddress("cilium_host", netspace.Host(n.Router))
		}
		if err != nil {
			return err
		}
	}
	return n.Do(programRules)
}

// programRules moves the rule for local addresses behind the pods' (linux_defaults.RulePriorityLocalLookup), and sends
// answers of NodePorts by the main table (addENIRules in pkg/datapath/loader/base.go).
func programRules() error {
	local := route.Rule{Priority: linux_defaults.RulePriorityLocalLookup, Table: unix.RT_TABLE_LOCAL, Protocol: linux_defaults.RTProto}
	if err := route.ReplaceRule(local); err != nil {
		return fmt.Errorf("rule for local addresses: %w", err)
	}
	first := netlink.NewRule()
	first.Priority, first.Table, first.Family = 0, unix.RT_TABLE_LOCAL, unix.AF_INET
	_ = netlink.RuleDel(first) // gone since the last start
	err := route.ReplaceRule(route.Rule{
		Priority: linux_defaults.RulePriorityNodeport, Mark: linux_defaults.MarkMultinodeNodeport, Mask: linux_defaults.MaskMultinodeNodeport,
		Table: route.MainTable, Protocol: linux_defaults.RTProto,
	})
	if err != nil {
		return fmt.Errorf("rule for NodePorts: %w", err)
	}
	return nil
}

// routerAddress gives Cilium's own address its rules (daemon/infraendpoints/infra_ip_allocation.go).
func (n *Node) routerAddress() error {
	return n.configure(n.Router, true)
}

// restore gives the pods that the agent finds present rules, if it is of a release that does.
func (n *Node) restore() error {
	if !n.config.Release.RestoresRules {
		return nil
	}
	for _, pod := range n.Pods() {
		if err := n.configure(pod.Address, false); err != nil {
			return fmt.Errorf("restore %s: %w", pod.Name, err)
		}
	}
	return nil
}

// configure has Cilium's library program the rules of an address.
func (n *Node) configure(address netip.Addr, host bool) error {
	info, err := n.routingInfo(address)
	if err != nil {
		return err
	}
	return n.Do(func() error { return info.Configure(net.IP(address.AsSlice()), netspace.MTU, host) })
}

func (n *Node) routingInfo(address netip.Addr) (*linuxrouting.RoutingInfo, error) {
	number, device, err := n.deviceOf(address)
	if err != nil {
		return nil, err
	}
	return linuxrouting.NewRoutingInfo(slog.New(slog.DiscardHandler), device.Subnet.Gateway().String(), n.config.coalesced(n.Blocks),
		device.MAC, strconv.Itoa(number), ipamOption.IPAMENI, n.config.Masquerade)
}
