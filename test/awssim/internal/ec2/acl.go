package ec2

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var aclKind = kind{
	name: "network-acl", prefix: "acl", noun: "networkAcl",
	notFound: "InvalidNetworkAclID.NotFound", malformed: "InvalidNetworkAclId.Malformed",
}

// acl is a network ACL in store.
type acl struct {
	id           string
	vpc          string
	isDefault    bool
	entries      []aclEntry
	associations []aclAssociation
}

type aclAssociation struct{ id, subnet string }

// aclEntry is an entry of a network ACL; number and direction identify it.
type aclEntry struct {
	number   int32
	egress   bool
	prefix   netip.Prefix
	protocol string
	action   string
	icmp     *icmpType
	ports    *portRange
}

type icmpType struct {
	Code int32 `query:"Code" xml:"code"`
	Type int32 `query:"Type" xml:"type"`
}

type portRange struct {
	From int32 `query:"From" xml:"from"`
	To   int32 `query:"To" xml:"to"`
}

// lastEntry is the number of the entry that no one can remove; IPv6 has its own.
const (
	lastEntry  = 32767
	lastEntry6 = 32768
)

func (s *Service) aclActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateNetworkAcl":             wire.Query(s.createACL),
		"DeleteNetworkAcl":             wire.Query(s.deleteACL),
		"DescribeNetworkAcls":          wire.Query(s.describeACLs),
		"CreateNetworkAclEntry":        wire.Query(s.createACLEntry),
		"ReplaceNetworkAclEntry":       wire.Query(s.replaceACLEntry),
		"DeleteNetworkAclEntry":        wire.Query(s.deleteACLEntry),
		"ReplaceNetworkAclAssociation": wire.Query(s.replaceACLAssociation),
	}
}

var (
	anyBlock  = netip.MustParsePrefix("0.0.0.0/0")
	anyBlock6 = netip.MustParsePrefix("::/0")
)

// bothWays is an entry in both directions for everything of a family.
func bothWays(number int32, prefix netip.Prefix, action string) []aclEntry {
	return []aclEntry{
		{number: number, prefix: prefix, protocol: allProtocols, action: action},
		{number: number, egress: true, prefix: prefix, protocol: allProtocols, action: action},
	}
}

// makeDefaultACL makes the network ACL that every VPC has and every subnet starts with: it lets
// everything through (docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html).
func (s *Service) makeDefaultACL(c *sim.Call, v vpc) {
	made := acl{id: c.NewID("acl"), vpc: v.id, isDefault: true, entries: bothWays(100, anyBlock, "allow")}
	made.entries = append(made.entries, bothWays(lastEntry, anyBlock, "deny")...)
	if slices.ContainsFunc(v.liveBlocks(), func(p netip.Prefix) bool { return p.Addr().Is6() }) {
		made.entries = append(made.entries, openIPv6()...)
	}
	s.at(c.Place).acls.Put(c.Stamp(), made.id, made)
}

func openIPv6() []aclEntry {
	return append(bothWays(101, anyBlock6, "allow"), bothWays(lastEntry6, anyBlock6, "deny")...)
}

// openDefaultACL lets IPv6 through the default ACL of a VPC that gets its first IPv6 block.
func (h *holdings) openDefaultACL(c *sim.Call, vpc string) {
	defaultACL := h.defaultACL(vpc)
	if defaultACL.entry(101, false) < 0 {
		defaultACL.entries = append(slices.Clone(defaultACL.entries), openIPv6()...)
		h.acls.Put(c.Stamp(), defaultACL.id, defaultACL)
	}
}

func (h *holdings) defaultACL(vpc string) acl {
	for _, a := range h.acls.All() {
		if a.vpc == vpc && a.isDefault {
			return a
		}
	}
	return acl{}
}

// entry is the place of an entry, -1 when there is none.
func (a acl) entry(number int32, egress bool) int {
	return slices.IndexFunc(a.entries, func(e aclEntry) bool { return e.number == number && e.egress == egress })
}

// bindACL associates a new subnet with its VPC's default ACL.
func (h *holdings) bindACL(c *sim.Call, sub subnet) {
	h.acls.Update(c.Stamp(), h.defaultACL(sub.vpc).id, func(a *acl) {
		a.associations = append(slices.Clone(a.associations), aclAssociation{c.NewID("aclassoc"), sub.id})
	})
}

// unbindACL drops the association of a subnet.
func (h *holdings) unbindACL(c *sim.Call, is func(aclAssociation) bool) (aclAssociation, bool) {
	for _, a := range h.acls.All() {
		if at := slices.IndexFunc(a.associations, is); at >= 0 {
			dropped := a.associations[at]
			h.acls.Update(c.Stamp(), a.id, func(a *acl) { a.associations = slices.Delete(slices.Clone(a.associations), at, at+1) })
			return dropped, true
		}
	}
	return aclAssociation{}, false
}

type createACLRequest struct {
	VpcID             string             `query:"VpcId,required"`
	ClientToken       string             `query:"ClientToken"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type createACLAnswer struct {
	ACL         aclAnswer `xml:"networkAcl"`
	ClientToken string    `xml:"clientToken,omitempty"`
}

func (a acl) identity() string { return a.id }

func (s *Service) createACL(c *sim.Call, in *createACLRequest) (*createACLAnswer, error) {
	here := s.at(c.Place)
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	tags, err := tagsToMake(in.TagSpecifications, "network-acl")
	if err != nil {
		return nil, err
	}
	made, err := repeated(here, "CreateNetworkAcl", in.ClientToken, &here.acls, func() (acl, error) {
		made := acl{id: c.NewID("acl"), vpc: v.id, entries: bothWays(lastEntry, anyBlock, "deny")}
		here.acls.Put(c.Stamp(), made.id, made)
		here.putTags(c, made.id, tags)
		return made, nil
	})
	return &createACLAnswer{s.truth(c.Place, c.Now).acl(made), in.ClientToken}, err
}

type aclIDRequest struct {
	ID string `query:"NetworkAclId,required"`
}

func (s *Service) deleteACL(c *sim.Call, in *aclIDRequest) (*done, error) {
	here := s.at(c.Place)
	gone, err := find(aclKind, &here.acls, in.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case gone.isDefault:
		return nil, sim.Fail("InvalidParameterValue", "cannot delete default network ACL %s", gone.id)
	case len(gone.associations) > 0:
		return nil, sim.Fail("DependencyViolation", "The networkAcl '%s' has dependencies and cannot be deleted.", gone.id)
	}
	here.acls.Delete(c.Stamp(), gone.id)
	here.tags.Delete(c.Stamp(), gone.id)
	return &done{Return: true}, nil
}
