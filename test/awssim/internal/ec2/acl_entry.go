package ec2

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

type aclEntryRequest struct {
	ACLID    string     `query:"NetworkAclId,required"`
	Number   int32      `query:"RuleNumber,required"`
	Egress   bool       `query:"Egress,required"`
	Protocol string     `query:"Protocol,required"`
	Action   string     `query:"RuleAction,required"`
	Block    string     `query:"CidrBlock"`
	Block6   string     `query:"Ipv6CidrBlock"`
	ICMP     *icmpType  `query:"Icmp"`
	Ports    *portRange `query:"PortRange"`
}

// greatestEntry is the greatest number that an entry of one's own may have.
const greatestEntry = 32766

var protocolOf = map[string]string{"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "all": allProtocols}

func (in *aclEntryRequest) entry() (aclEntry, error) {
	e := aclEntry{number: in.Number, egress: in.Egress, action: in.Action, icmp: in.ICMP, ports: in.Ports, protocol: in.Protocol}
	if number, named := protocolOf[in.Protocol]; named {
		e.protocol = number
	}
	n, notANumber := strconv.Atoi(e.protocol)
	switch {
	case (in.Block == "") == (in.Block6 == ""):
		return e, sim.Fail("MissingParameter", "The request must contain exactly one of cidrBlock and ipv6CidrBlock")
	case in.Number < 1 || in.Number > greatestEntry:
		return e, sim.Fail("InvalidParameterValue", "Value (%d) for parameter ruleNumber is invalid. Expecting 1 to %d.", in.Number, greatestEntry)
	case in.Action != "allow" && in.Action != "deny":
		return e, sim.Fail("InvalidParameterValue", "Value (%s) for parameter ruleAction is invalid. Expecting allow or deny.", in.Action)
	case notANumber != nil || n < -1 || n > 255:
		return e, sim.Fail("InvalidParameterValue", "Value (%s) for parameter protocol is invalid. Unknown protocol.", in.Protocol)
	case (n == 6 || n == 17) && in.Ports == nil:
		return e, sim.Fail("MissingParameter", "The request must contain the parameter portRange")
	}
	var err error
	e.prefix, err = parseFamily("cidrBlock", in.Block+in.Block6, in.Block6 != "")
	return e, err
}

func (s *Service) createACLEntry(c *sim.Call, in *aclEntryRequest) (*done, error) {
	return s.putACLEntry(c, in, func(a acl, at int) error {
		if at >= 0 {
			return sim.Fail("NetworkAclEntryAlreadyExists", "The network acl entry identified by %d already exists.", in.Number)
		}
		inDirection := slices.DeleteFunc(slices.Clone(a.entries), func(e aclEntry) bool { return e.egress != in.Egress || e.number >= lastEntry })
		if len(inDirection) >= c.Limit(sim.QuotaNetworkACLRules) {
			return sim.Fail("NetworkAclEntryLimitExceeded", "The maximum number of network acl entries has been reached.")
		}
		return nil
	})
}

func (s *Service) replaceACLEntry(c *sim.Call, in *aclEntryRequest) (*done, error) {
	return s.putACLEntry(c, in, func(_ acl, at int) error {
		if at < 0 {
			return noSuchEntry(in.Number)
		}
		return nil
	})
}

func noSuchEntry(number int32) error {
	return sim.Fail("InvalidNetworkAclEntry.NotFound", "The network acl entry with rule number %d does not exist", number)
}

// putACLEntry writes the entry in the order of numbers, unless the check of its former place refuses.
func (s *Service) putACLEntry(c *sim.Call, in *aclEntryRequest, check func(a acl, at int) error) (*done, error) {
	here := s.at(c.Place)
	a, err := find(aclKind, &here.acls, in.ACLID)
	if err != nil {
		return nil, err
	}
	entry, err := in.entry()
	if err != nil {
		return nil, err
	}
	at := a.entry(in.Number, in.Egress)
	if err := check(a, at); err != nil {
		return nil, err
	}
	a.entries = slices.Clone(a.entries)
	if at >= 0 {
		a.entries[at] = entry
	} else {
		a.entries = append(a.entries, entry)
	}
	slices.SortStableFunc(a.entries, func(x, y aclEntry) int { return cmp.Compare(x.number, y.number) })
	here.acls.Put(c.Stamp(), a.id, a)
	return &done{Return: true}, nil
}

type deleteACLEntryRequest struct {
	ACLID  string `query:"NetworkAclId,required"`
	Number int32  `query:"RuleNumber,required"`
	Egress bool   `query:"Egress,required"`
}

func (s *Service) deleteACLEntry(c *sim.Call, in *deleteACLEntryRequest) (*done, error) {
	here := s.at(c.Place)
	a, err := find(aclKind, &here.acls, in.ACLID)
	if err != nil {
		return nil, err
	}
	at := a.entry(in.Number, in.Egress)
	if at < 0 || in.Number >= lastEntry {
		return nil, noSuchEntry(in.Number)
	}
	here.acls.Update(c.Stamp(), a.id, func(a *acl) { a.entries = slices.Delete(slices.Clone(a.entries), at, at+1) })
	return &done{Return: true}, nil
}

type replaceACLAssociationRequest struct {
	AssociationID string `query:"AssociationId,required"`
	ACLID         string `query:"NetworkAclId,required"`
}

type replaceACLAssociationAnswer struct {
	NewAssociationID string `xml:"newAssociationId"`
}

func (s *Service) replaceACLAssociation(c *sim.Call, in *replaceACLAssociationRequest) (*replaceACLAssociationAnswer, error) {
	here := s.at(c.Place)
	wanted, err := find(aclKind, &here.acls, in.ACLID)
	if err != nil {
		return nil, err
	}
	for _, a := range here.acls.All() {
		if slices.ContainsFunc(a.associations, func(x aclAssociation) bool { return x.id == in.AssociationID }) && a.vpc != wanted.vpc {
			return nil, sim.Fail("InvalidParameterValue", "network ACL %s and association %s belong to different networks", wanted.id, in.AssociationID)
		}
	}
	old, ok := here.unbindACL(c, func(a aclAssociation) bool { return a.id == in.AssociationID })
	if !ok {
		return nil, sim.Fail("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", in.AssociationID)
	}
	moved := aclAssociation{c.NewID("aclassoc"), old.subnet}
	here.acls.Update(c.Stamp(), wanted.id, func(a *acl) { a.associations = append(slices.Clone(a.associations), moved) })
	return &replaceACLAssociationAnswer{moved.id}, nil
}
