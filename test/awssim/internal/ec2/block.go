package ec2

import (
	"net/netip"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// The states of an association between a block and a VPC or subnet.
const (
	associating    = "associating"
	associated     = "associated"
	disassociating = "disassociating"
	disassociated  = "disassociated"
)

// block is an address block of a VPC or subnet with the state of its association.
type block struct {
	association string
	prefix      netip.Prefix
	state       string
}

// live says whether the block is, or is about to be, part of the VPC.
func (b block) live() bool { return b.state == associated || b.state == associating }

type blockState struct {
	State string `xml:"state"`
}

type blockAnswer struct {
	AssociationID string     `xml:"associationId"`
	CidrBlock     string     `xml:"cidrBlock"`
	State         blockState `xml:"cidrBlockState"`
}

type block6Answer struct {
	AssociationID string     `xml:"associationId"`
	CidrBlock     string     `xml:"ipv6CidrBlock"`
	State         blockState `xml:"ipv6CidrBlockState"`
	Pool          string     `xml:"ipv6Pool,omitempty"`
	BorderGroup   string     `xml:"networkBorderGroup,omitempty"`
}

// blockAnswers renders the blocks of one family.
func blockAnswers(blocks []block) wire.List[blockAnswer] {
	answers := wire.List[blockAnswer]{}
	for _, b := range blocks {
		if b.prefix.Addr().Is4() {
			answers.Items = append(answers.Items, blockAnswer{b.association, b.prefix.String(), blockState{b.state}})
		}
	}
	return answers
}

func block6Answers(blocks []block, pool, border string) wire.List[block6Answer] {
	answers := wire.List[block6Answer]{}
	for _, b := range blocks {
		if b.prefix.Addr().Is6() {
			answers.Items = append(answers.Items, block6Answer{b.association, b.prefix.String(), blockState{b.state}, pool, border})
		}
	}
	return answers
}

// parseBlock reads a CIDR block; host bits are cleared, as EC2 does.
func parseBlock(parameter, text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return prefix, sim.Fail("InvalidParameterValue", "Value (%s) for parameter %s is invalid. This is not a valid CIDR block.", text, parameter)
	}
	return prefix.Masked(), nil
}

// parseFamily is parseBlock for a block that must be of one family.
func parseFamily(parameter, text string, v6 bool) (netip.Prefix, error) {
	prefix, err := parseBlock(parameter, text)
	if err == nil && prefix.Addr().Is6() != v6 {
		return prefix, sim.Fail("InvalidParameterValue", "Value (%s) for parameter %s is invalid. This is not a valid CIDR block.", text, parameter)
	}
	return prefix, err
}

// within says whether the whole of inner lies in outer.
func within(inner, outer netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}
