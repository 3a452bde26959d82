package lab

import (
	"fmt"
	"net/netip"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
)

// Side is one of the two VPCs.
type Side string

// The two sides.
const (
	A Side = "a"
	B Side = "b"
)

// Other side.
func (s Side) Other() Side {
	if s == A {
		return B
	}
	return A
}

// ids of what a side has.
func (s Side) vpc() string                    { return "vpc-" + string(s) }
func (s Side) table() string                  { return "rtb-" + string(s) }
func (s Side) group() string                  { return "sg-" + string(s) }
func (s Side) interfaceOf(what string) string { return "eni-" + string(s) + "-" + what }

// Addr is an address of the side's block, such as "4.91".
func (s Side) Addr(host string) netip.Addr {
	second := map[Side]string{A: "11", B: "12"}[s]
	return netip.MustParseAddr("10." + second + "." + host)
}

// Block of the side's VPC.
func (s Side) Block() netip.Prefix { return netip.PrefixFrom(s.Addr("0.0"), 16) }

func (s Side) subnet(which string) fabric.Subnet {
	base := map[string]string{"nodes": "0.0", "vms": "16.0"}[which]
	return fabric.Subnet{ID: "subnet-" + string(s) + "-" + which, Block: netip.PrefixFrom(s.Addr(base), 20), Table: s.table()}
}

// Peering is the id of the connection.
const Peering = "pcx-ab"

// Healthy is everything that a peering needs in AWS: the connection, a route and a group rule on either side.
func Healthy() fabric.State {
	state := fabric.State{
		Groups:   map[string]fabric.Group{},
		Peerings: []fabric.Peering{{ID: Peering, Requester: A.vpc(), Accepter: B.vpc()}},
	}
	for _, side := range []Side{A, B} {
		peer := side.Other().Block()
		state.VPCs = append(state.VPCs, fabric.VPC{
			ID: side.vpc(), Subnets: []fabric.Subnet{side.subnet("nodes"), side.subnet("vms")},
			Tables: []fabric.Table{{ID: side.table(), Routes: []fabric.Route{{Destination: peer, Peering: Peering}}}},
		})
		state.Groups[side.group()] = fabric.Group{
			Ingress: []fabric.Rule{{Peer: side.Block()}, {Peer: peer}},
			Egress:  []fabric.Rule{{Peer: netip.MustParsePrefix("0.0.0.0/0")}},
		}
		state.Interfaces = append(state.Interfaces, side.interfaces()...)
	}
	return state
}

// interfaces are the node's two and the virtual machine's one. Twenty addresses of eth1 are for pods.
func (s Side) interfaces() []fabric.Interface {
	number := map[Side]int{A: 11, B: 12}[s]
	made := func(what, subnet, address string, last int) fabric.Interface {
		return fabric.Interface{
			ID: s.interfaceOf(what), Device: what, Subnet: s.subnet(subnet).ID, MAC: fmt.Sprintf("02:00:00:00:%02x:%02x", number, last),
			Address: s.Addr(address), Groups: []string{s.group()},
		}
	}
	eth0, eth1, vm := made("eth0", "nodes", "1.10", 0), made("eth1", "nodes", "4.10", 1), made("vm", "vms", "16.20", 2)
	for n := 77; n < 97; n++ {
		eth1.Secondary = append(eth1.Secondary, netip.PrefixFrom(s.Addr(fmt.Sprintf("4.%d", n)), 32))
	}
	eth1.Secondary = append(eth1.Secondary, netip.PrefixFrom(s.Addr("4.250"), 32))
	return []fabric.Interface{eth0, eth1, vm}
}
