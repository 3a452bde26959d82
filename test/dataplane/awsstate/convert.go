package awsstate

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// state makes of AWS's answers what decides where packets go.
func (d dump) state() fabric.State {
	state := fabric.State{Groups: map[string]fabric.Group{}}
	addresses := d.addressesByGroup()
	peerings := map[string]fabric.Peering{}
	for _, name := range slices.Sorted(maps.Keys(d.EC2)) {
		place := d.EC2[name]
		for _, v := range place.VPCs {
			state.VPCs = append(state.VPCs, place.vpc(v))
		}
		for _, i := range place.Interfaces {
			if converted, ok := i.convert(); ok {
				state.Interfaces = append(state.Interfaces, converted)
			}
		}
		for _, r := range place.Rules {
			group := state.Groups[r.Group]
			if converted := r.convert(addresses); r.Egress {
				group.Egress = append(group.Egress, converted...)
			} else {
				group.Ingress = append(group.Ingress, converted...)
			}
			state.Groups[r.Group] = group
		}
		for _, c := range place.Peerings { // both sides list it
			if c.Status.Code == "active" {
				peerings[c.ID] = c.convert()
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(peerings)) {
		state.Peerings = append(state.Peerings, peerings[id])
	}
	return state
}

func (p place) vpc(v vpc) fabric.VPC {
	out := fabric.VPC{ID: v.ID}
	tables, main := map[string]string{}, ""
	for _, table := range p.Tables {
		if table.VPC != v.ID {
			continue
		}
		converted := fabric.Table{ID: table.ID}
		for _, route := range table.Routes {
			if destination, err := netip.ParsePrefix(route.Destination); err == nil && route.Peering != "" && route.State == "active" {
				converted.Routes = append(converted.Routes, fabric.Route{Destination: destination, Peering: route.Peering})
			}
		}
		out.Tables = append(out.Tables, converted)
		for _, association := range table.Associations {
			if association.Main {
				main = table.ID
			} else if association.Subnet != "" {
				tables[association.Subnet] = table.ID
			}
		}
	}
	for _, s := range p.Subnets {
		block, err := netip.ParsePrefix(s.Block)
		if s.VPC != v.ID || err != nil {
			continue
		}
		table, ok := tables[s.ID]
		if !ok {
			table = main
		}
		out.Subnets = append(out.Subnets, fabric.Subnet{ID: s.ID, Block: block, Table: table})
	}
	return out
}

func (i networkInterface) convert() (fabric.Interface, bool) {
	address, err := netip.ParseAddr(i.Address)
	out := fabric.Interface{ID: i.ID, Subnet: i.Subnet, MAC: i.MAC, Address: address, Unchecked: !i.Checked, Device: "?"}
	if i.Attachment != nil {
		out.Device = fmt.Sprintf("eth%d", i.Attachment.Device)
	}
	for _, group := range i.Groups {
		out.Groups = append(out.Groups, group.ID)
	}
	for _, a := range i.Addresses {
		if secondary, err := netip.ParseAddr(a.Address); err == nil && !a.Primary {
			out.Secondary = append(out.Secondary, netspace.Host(secondary))
		}
	}
	return out, err == nil && address.Is4()
}

// protocols by the names that EC2 has for them; others are numbers, and -1 is any.
var protocols = map[string]uint8{"icmp": 1, "tcp": 6, "udp": 17}

func (r rule) convert(addresses map[string][]netip.Prefix) []fabric.Rule {
	out := fabric.Rule{Protocol: protocols[r.Protocol]}
	if out.Protocol == 0 && r.Protocol != "-1" {
		if _, err := fmt.Sscan(r.Protocol, &out.Protocol); err != nil {
			return nil
		}
	}
	if out.Protocol == 6 || out.Protocol == 17 {
		out.FromPort, out.ToPort = uint16(r.From), uint16(r.To)
	}
	peers := []netip.Prefix{}
	if block, err := netip.ParsePrefix(r.Block); err == nil {
		peers = append(peers, block)
	}
	if r.Referenced != nil {
		peers = append(peers, addresses[r.Referenced.Group]...)
	}
	rules := make([]fabric.Rule, 0, len(peers))
	for _, peer := range peers {
		out.Peer = peer
		rules = append(rules, out)
	}
	return rules
}

// addressesByGroup is what a rule that names a group means.
func (d dump) addressesByGroup() map[string][]netip.Prefix {
	found := map[string][]netip.Prefix{}
	for _, place := range d.EC2 {
		for _, i := range place.Interfaces {
			converted, ok := i.convert()
			for _, group := range converted.Groups {
				if ok {
					found[group] = append(append(found[group], netspace.Host(converted.Address)), converted.Secondary...)
				}
			}
		}
	}
	return found
}

// interRegion is what a peering between regions carries in one packet (EC2 user guide, "Network MTU").
const interRegion = 8500

func (c connection) convert() fabric.Peering {
	out := fabric.Peering{ID: c.ID, Requester: c.Requester.VPC, Accepter: c.Accepter.VPC}
	if c.Requester.Region != c.Accepter.Region {
		out.MTU = interRegion
	}
	return out
}
