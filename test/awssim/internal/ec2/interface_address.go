package ec2

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// takeAddresses finds the addresses that a new interface gets, the primary first.
func (h *holdings) takeAddresses(sub subnet, wanted newInterface) ([]netip.Addr, error) {
	named := []string{}
	if wanted.Address != "" {
		named = append(named, wanted.Address)
	}
	for _, address := range wanted.Addresses {
		if address.Primary {
			named = append([]string{address.Address}, named...)
		} else {
			named = append(named, address.Address)
		}
	}
	more := int(wanted.SecondaryCount)
	if len(named) == 0 {
		more++
	}
	return h.addAddresses(sub, nil, named, more)
}

// addAddresses adds named addresses and as many more as asked for.
func (h *holdings) addAddresses(sub subnet, have []netip.Addr, named []string, more int) ([]netip.Addr, error) {
	taken := h.addressesOf(sub.id)
	have = slices.Clone(have)
	for _, text := range named {
		address, err := netip.ParseAddr(text)
		if err != nil || !sub.prefix.Contains(address) {
			return nil, sim.Fail("InvalidParameterValue", "Address %s does not fall within the subnet's address range", text)
		}
		if taken[address] {
			return nil, sim.Fail("PrivateIpAddressInUse", "Address %s is in use.", text)
		}
		taken[address] = true
		have = append(have, address)
	}
	next := firstAddress(sub.prefix)
	for range more {
		for taken[next] {
			next = next.Next()
		}
		if !sub.prefix.Contains(next.Next()) {
			return nil, sim.Fail("InsufficientFreeAddressesInSubnet",
				"The specified subnet does not have enough free addresses to satisfy the request.")
		}
		taken[next] = true
		have = append(have, next)
	}
	return have, nil
}

// firstAddress is the first of a subnet that AWS does not keep: network, router, DNS and one for the future come before it.
func firstAddress(prefix netip.Prefix) netip.Addr {
	address := prefix.Addr()
	for range reservedAddresses - 1 {
		address = address.Next()
	}
	return address
}

// addressesOf are the addresses in use in a subnet.
func (h *holdings) addressesOf(subnet string) map[netip.Addr]bool {
	taken := map[netip.Addr]bool{}
	for _, i := range h.interfaces.All() {
		if i.subnet != subnet {
			continue
		}
		for _, address := range i.addresses {
			taken[address] = true
		}
	}
	return taken
}

type assignAddressesRequest struct {
	ID        string   `query:"NetworkInterfaceId,required"`
	Addresses []string `query:"PrivateIpAddress"`
	Count     int32    `query:"SecondaryPrivateIpAddressCount"`
	// AllowReassignment is taken; an address in use stays where it is unless it is set.
	AllowReassignment bool `query:"AllowReassignment"`
}

type assignedAddress struct {
	Address string `xml:"privateIpAddress"`
}

type assignAddressesAnswer struct {
	ID       string                     `xml:"networkInterfaceId"`
	Assigned wire.List[assignedAddress] `xml:"assignedPrivateIpAddressesSet"`
}

func (s *Service) assignAddresses(c *sim.Call, in *assignAddressesRequest) (*assignAddressesAnswer, error) {
	if in.AllowReassignment {
		return nil, sim.Fail("UnsupportedOperation", "AllowReassignment is not implemented in awssim")
	}
	here := s.at(c.Place)
	found, err := find(interfaceKind, &here.interfaces, in.ID)
	if err != nil {
		return nil, err
	}
	sub, _ := here.subnets.Get(found.subnet)
	had := len(found.addresses)
	if found.addresses, err = here.addAddresses(sub, found.addresses, in.Addresses, int(in.Count)); err != nil {
		return nil, err
	}
	here.interfaces.Put(c.Stamp(), found.id, found)
	answer := &assignAddressesAnswer{ID: found.id}
	for _, address := range found.addresses[had:] {
		answer.Assigned.Items = append(answer.Assigned.Items, assignedAddress{address.String()})
	}
	return answer, nil
}

type unassignAddressesRequest struct {
	ID        string   `query:"NetworkInterfaceId,required"`
	Addresses []string `query:"PrivateIpAddress"`
}

func (s *Service) unassignAddresses(c *sim.Call, in *unassignAddressesRequest) (*done, error) {
	here := s.at(c.Place)
	found, err := find(interfaceKind, &here.interfaces, in.ID)
	if err != nil {
		return nil, err
	}
	left := slices.Clone(found.addresses)
	for _, text := range in.Addresses {
		at := slices.IndexFunc(left, func(address netip.Addr) bool { return address.String() == text })
		if at < 1 {
			return nil, sim.Fail("InvalidParameterValue", "Some of the specified addresses are not assigned to interface %s", found.id)
		}
		left = slices.Delete(left, at, at+1)
	}
	found.addresses = left
	here.interfaces.Put(c.Stamp(), found.id, found)
	return &done{Return: true}, nil
}
