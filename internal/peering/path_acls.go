package peering

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
)

// acls looks at the network ACLs of a side's subnets. They know no connections:
// what is answered has to be let through as well.
func (c *pathCheck) acls(role Role) {
	side := c.snapshot.At(role)
	if side.NetworkACLs == nil {
		c.unknown("network ACLs of the %s", role)
		return
	}
	subnets := c.subnets(role)
	all := slices.SortedFunc(slices.Values(side.NetworkACLs), func(a, b NetworkACL) int { return cmp.Compare(a.ID, b.ID) })
	for _, acl := range all {
		guarded := slices.DeleteFunc(slices.Clone(acl.Subnets), func(subnet string) bool { return !slices.Contains(subnets, subnet) })
		if len(guarded) == 0 {
			continue
		}
		slices.Sort(guarded)
		for _, family := range families(c.peers(role)) {
			aclCheck{pathCheck: c, role: role, acl: acl, guarded: strings.Join(guarded, ", "), blocks: family}.run()
		}
	}
}

// families: entries are about one family, so each is looked at by itself.
func families(blocks []netip.Prefix) [][]netip.Prefix {
	v4, v6 := cidr.SplitFamilies(blocks)
	return slices.DeleteFunc([][]netip.Prefix{v4, v6}, func(f []netip.Prefix) bool { return len(f) == 0 })
}

// aclCheck is one ACL on one side, and the peer's blocks of one family.
type aclCheck struct {
	*pathCheck
	role    Role
	acl     NetworkACL
	guarded string
	blocks  []netip.Prefix
}

func (c aclCheck) run() {
	in, out := c.request.Admitted(c.role), c.request.Admitted(c.role.Other())
	for _, traffic := range out {
		c.look(true, traffic, LosesConnections)
	}
	for _, traffic := range in {
		c.look(false, traffic, LosesConnections)
	}
	for _, traffic := range answers(in, out) {
		c.look(true, traffic, LosesAnswers)
	}
	for _, traffic := range answers(out, in) {
		c.look(false, traffic, LosesAnswers)
	}
	if c.request.CrossesRegions() {
		c.look(true, Traffic{Protocol: tooBig}, LosesBig)
		c.look(false, Traffic{Protocol: tooBig}, LosesBig)
	}
}

func (c aclCheck) look(egress bool, traffic Traffic, lost Lost) {
	found, drops := c.acl.dropped(egress, traffic, c.blocks)
	if !drops {
		return
	}
	from, way, direction := c.role.Other(), "from", "inbound"
	if egress {
		from, way, direction = c.role, "to", "outbound"
	}
	reason, means := v1alpha1.FindingACLDenies, "connections"
	switch lost {
	case LosesAnswers:
		reason, means = v1alpha1.FindingACLDeniesAnswers, "answers"
	case LosesBig:
		// The message travels against the packets that are too big.
		reason, means, from = v1alpha1.FindingPathMTU, "full-size packets the other way", from.Other()
	}
	c.find(from, lost, reason, "Network ACL %s (%s; %s) drops %s %s %s by entry %d, and with it %s. Allow it in an %s entry with a lower number.",
		c.acl.ID, c.role, c.guarded, found.part, way, found.block, found.entry, means, direction)
}
