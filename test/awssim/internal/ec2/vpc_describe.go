package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type vpcAnswer struct {
	VpcID           string                  `xml:"vpcId"`
	OwnerID         string                  `xml:"ownerId"`
	State           string                  `xml:"state"`
	CidrBlock       string                  `xml:"cidrBlock"`
	Blocks          wire.List[blockAnswer]  `xml:"cidrBlockAssociationSet"`
	Blocks6         wire.List[block6Answer] `xml:"ipv6CidrBlockAssociationSet"`
	DhcpOptionsID   string                  `xml:"dhcpOptionsId"`
	InstanceTenancy string                  `xml:"instanceTenancy"`
	IsDefault       bool                    `xml:"isDefault"`
	TagSet          wire.List[tag]          `xml:"tagSet"`
	Encryption      *encryptionAnswer       `xml:"encryptionControl"`
}

func (v vpcAnswer) tags() []tag { return v.TagSet.Items }

func (r reader) vpc(v vpc) vpcAnswer {
	state := "pending"
	if v.available {
		state = "available"
	}
	return vpcAnswer{
		VpcID: v.id, OwnerID: r.place.Account, State: state, CidrBlock: v.blocks[0].prefix.String(),
		Blocks: blockAnswers(v.blocks), Blocks6: block6Answers(v.blocks, "Amazon", r.place.Region),
		DhcpOptionsID: "default", InstanceTenancy: v.tenancy, TagSet: wire.ListOf(r.tagsOf("vpc", v.id)), Encryption: r.encryptionOf(v),
	}
}

// vpcProperties are the filters of API_DescribeVpcs.
var vpcProperties = properties[vpcAnswer]{
	"vpc-id":          func(v vpcAnswer) []string { return one(v.VpcID) },
	"cidr":            func(v vpcAnswer) []string { return one(v.CidrBlock) },
	"state":           func(v vpcAnswer) []string { return one(v.State) },
	"owner-id":        func(v vpcAnswer) []string { return one(v.OwnerID) },
	"is-default":      func(v vpcAnswer) []string { return truth(v.IsDefault) },
	"dhcp-options-id": func(v vpcAnswer) []string { return one(v.DhcpOptionsID) },
	"cidr-block-association.association-id": func(v vpcAnswer) []string {
		return each(v.Blocks.Items, func(b blockAnswer) string { return b.AssociationID })
	},
	"cidr-block-association.cidr-block": func(v vpcAnswer) []string {
		return each(v.Blocks.Items, func(b blockAnswer) string { return b.CidrBlock })
	},
	"cidr-block-association.state": func(v vpcAnswer) []string {
		return each(v.Blocks.Items, func(b blockAnswer) string { return b.State.State })
	},
	"ipv6-cidr-block-association.association-id": func(v vpcAnswer) []string {
		return each(v.Blocks6.Items, func(b block6Answer) string { return b.AssociationID })
	},
	"ipv6-cidr-block-association.ipv6-cidr-block": func(v vpcAnswer) []string {
		return each(v.Blocks6.Items, func(b block6Answer) string { return b.CidrBlock })
	},
	"ipv6-cidr-block-association.state": func(v vpcAnswer) []string {
		return each(v.Blocks6.Items, func(b block6Answer) string { return b.State.State })
	},
}

type describeVpcsRequest struct {
	VpcIDs  []string `query:"VpcId"`
	Filters []filter `query:"Filter"`
	page
}

type describeVpcsAnswer struct {
	Vpcs      wire.List[vpcAnswer] `xml:"vpcSet"`
	NextToken string               `xml:"nextToken,omitempty"`
}

func (s *Service) describeVpcs(c *sim.Call, in *describeVpcsRequest) (*describeVpcsAnswer, error) {
	all, view := s.shownVpcs(c), c.View("vpc")
	found, err := seen(vpcKind, all, view, in.VpcIDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, func(v vpc) vpcAnswer { return all.reader(view, v.id).vpc(v) }, vpcProperties, in.Filters, in.page, bounds{5, 1000},
		func(v vpcAnswer) string { return v.VpcID })
	return &describeVpcsAnswer{Vpcs: wire.ListOf(answers), NextToken: next}, err
}
