package cilium

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// private is address space that a VPC may use and that the Internet does not
// route. A value reaches beyond what is required only inside of it.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("198.18.0.0/15"),
}

// required lists what the value must contain (C2): the VPC's primary block,
// without which agents exit and traffic inside the VPC would be masqueraded
// (docs/facts/cilium.md#the-value-itself);
// what holds without us; what we wrote while any peering needs it; every peer.
func (in Input) required() []cidr.Named {
	list := []cidr.Named{{Name: "the VPC's primary block", Prefix: in.VPC.Primary.Masked()}}
	add := func(name string, prefixes ...netip.Prefix) {
		for _, prefix := range prefixes {
			if prefix.IsValid() && prefix.Addr().Is4() {
				list = append(list, cidr.Named{Name: name, Prefix: prefix.Masked()})
			}
		}
	}
	add("the value in force without crossvpc", in.Facts.Baselines()...)
	add("the value that is live", in.Live...)
	for _, peer := range in.Peers {
		add("a block of peering "+peer.Name, peer.Blocks...)
	}
	return list
}

func blocksOf(list []cidr.Named) []netip.Prefix {
	blocks := make([]netip.Prefix, 0, len(list))
	for _, item := range list {
		blocks = append(blocks, item.Prefix)
	}
	return blocks
}

// candidate is a value to judge, what it is called, and what else can be done.
type candidate struct {
	value           netip.Prefix
	subject, remedy string
}

// chooseCIDR is the pinned value or the smallest prefix that contains what is
// required. Other blocks of the VPC need not be in it: Cilium has rules for them
// anyway, and where they fit in they cost nothing.
func chooseCIDR(in Input) (netip.Prefix, *Decision) {
	list := in.required()
	cover, _ := cidr.Cover(blocksOf(list)) // not empty, and IPv4 only
	chosen := candidate{cover, "The smallest block that contains every required range", remedyWithoutCIDR}
	if pin := in.Policy.Pin; pin.IsValid() {
		chosen = candidate{pin.Masked(), "The pinned spec.cilium.nativeRoutingCIDR", fmt.Sprintf("Pin %s, the smallest sufficient block, or remove the pin", cover)}
	}
	if complaint := chosen.complaint(list, cmp.Or(in.Policy.MinLength, DefaultMinLength)); complaint != "" {
		return netip.Prefix{}, blocked(ReasonNoSafeCIDR, fmt.Sprintf("%s is %s, which %s. %s.", chosen.subject, chosen.value, complaint, chosen.remedy))
	}
	return chosen.value, nil
}

// complaint holds a computed and a pinned value to the same rules; it is empty
// for a value that obeys them.
func (c candidate) complaint(list []cidr.Named, shortest int) string {
	for _, item := range list {
		if !cidr.Contains([]netip.Prefix{c.value}, item.Prefix) {
			return fmt.Sprintf("does not contain %s (%s)", item.Prefix, item.Name)
		}
	}
	if c.value.Bits() < shortest {
		return fmt.Sprintf("is wider than /%d and would stop masquerading for too much address space", shortest)
	}
	if outside := cidr.Difference([]netip.Prefix{c.value}, slices.Concat(private, blocksOf(list))); len(outside) > 0 {
		return fmt.Sprintf("reaches into public address space (%s)", shortList(outside))
	}
	return ""
}

// remedyWithoutCIDR is what is left where no single prefix will do.
const remedyWithoutCIDR = "Turn masquerading off in Cilium (Helm: enableIPv4Masquerade=false; all pod subnets then need a NAT or transit gateway), " +
	"or give the VPCs blocks that are closer together"
