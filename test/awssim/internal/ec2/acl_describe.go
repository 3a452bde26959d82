package ec2

import (
	"strconv"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type aclAnswer struct {
	ID           string                          `xml:"networkAclId"`
	VpcID        string                          `xml:"vpcId"`
	OwnerID      string                          `xml:"ownerId"`
	IsDefault    bool                            `xml:"default"`
	Entries      wire.List[aclEntryAnswer]       `xml:"entrySet"`
	Associations wire.List[aclAssociationAnswer] `xml:"associationSet"`
	TagSet       wire.List[tag]                  `xml:"tagSet"`
}

func (v aclAnswer) tags() []tag { return v.TagSet.Items }

type aclEntryAnswer struct {
	Number   int32      `xml:"ruleNumber"`
	Egress   bool       `xml:"egress"`
	Protocol string     `xml:"protocol"`
	Action   string     `xml:"ruleAction"`
	Block    string     `xml:"cidrBlock,omitempty"`
	Block6   string     `xml:"ipv6CidrBlock,omitempty"`
	ICMP     *icmpType  `xml:"icmpTypeCode"`
	Ports    *portRange `xml:"portRange"`
}

type aclAssociationAnswer struct {
	ID       string `xml:"networkAclAssociationId"`
	ACLID    string `xml:"networkAclId"`
	SubnetID string `xml:"subnetId"`
}

func (r reader) acl(a acl) aclAnswer {
	answer := aclAnswer{ID: a.id, VpcID: a.vpc, OwnerID: r.place.Account, IsDefault: a.isDefault, TagSet: wire.ListOf(r.tagsOf("network-acl", a.id))}
	for _, e := range a.entries {
		entry := aclEntryAnswer{Number: e.number, Egress: e.egress, Protocol: e.protocol, Action: e.action, ICMP: e.icmp, Ports: e.ports}
		if e.prefix.Addr().Is4() {
			entry.Block = e.prefix.String()
		} else {
			entry.Block6 = e.prefix.String()
		}
		answer.Entries.Items = append(answer.Entries.Items, entry)
	}
	for _, b := range a.associations {
		answer.Associations.Items = append(answer.Associations.Items, aclAssociationAnswer{b.id, a.id, b.subnet})
	}
	return answer
}

func ofEntries(value func(aclEntryAnswer) string) func(aclAnswer) []string {
	return func(v aclAnswer) []string { return each(v.Entries.Items, value) }
}

func ofACLAssociations(value func(aclAssociationAnswer) string) func(aclAnswer) []string {
	return func(v aclAnswer) []string { return each(v.Associations.Items, value) }
}

// aclProperties are the filters of API_DescribeNetworkAcls, without those for ICMP and ports.
var aclProperties = properties[aclAnswer]{
	"network-acl-id": func(v aclAnswer) []string { return one(v.ID) },
	"vpc-id":         func(v aclAnswer) []string { return one(v.VpcID) },
	"owner-id":       func(v aclAnswer) []string { return one(v.OwnerID) },
	"default":        func(v aclAnswer) []string { return truth(v.IsDefault) },

	"association.association-id": ofACLAssociations(func(a aclAssociationAnswer) string { return a.ID }),
	"association.network-acl-id": ofACLAssociations(func(a aclAssociationAnswer) string { return a.ACLID }),
	"association.subnet-id":      ofACLAssociations(func(a aclAssociationAnswer) string { return a.SubnetID }),

	"entry.cidr":        ofEntries(func(e aclEntryAnswer) string { return e.Block }),
	"entry.ipv6-cidr":   ofEntries(func(e aclEntryAnswer) string { return e.Block6 }),
	"entry.egress":      ofEntries(func(e aclEntryAnswer) string { return truth(e.Egress)[0] }),
	"entry.protocol":    ofEntries(func(e aclEntryAnswer) string { return e.Protocol }),
	"entry.rule-action": ofEntries(func(e aclEntryAnswer) string { return e.Action }),
	"entry.rule-number": ofEntries(func(e aclEntryAnswer) string { return strconv.Itoa(int(e.Number)) }),
}

type describeACLsRequest struct {
	IDs     []string `query:"NetworkAclId"`
	Filters []filter `query:"Filter"`
	page
}

type describeACLsAnswer struct {
	ACLs      wire.List[aclAnswer] `xml:"networkAclSet"`
	NextToken string               `xml:"nextToken,omitempty"`
}

func (s *Service) describeACLs(c *sim.Call, in *describeACLsRequest) (*describeACLsAnswer, error) {
	all, view := s.shownACLs(c), c.View("network-acl")
	found, err := seen(aclKind, all, view, in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, func(v acl) aclAnswer { return all.reader(view, v.id).acl(v) }, aclProperties, in.Filters, in.page, bounds{5, 1000},
		func(v aclAnswer) string { return v.ID })
	return &describeACLsAnswer{wire.ListOf(answers), next}, err
}
