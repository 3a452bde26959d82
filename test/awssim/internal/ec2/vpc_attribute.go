package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// flag is a boolean attribute on the wire.
type flag struct {
	Value bool `query:"Value" xml:"value"`
}

type modifyVpcAttributeRequest struct {
	VpcID              string `query:"VpcId,required"`
	EnableDNSSupport   *flag  `query:"EnableDnsSupport"`
	EnableDNSHostnames *flag  `query:"EnableDnsHostnames"`
	EnableUsageMetrics *flag  `query:"EnableNetworkAddressUsageMetrics"`
}

func (s *Service) modifyVpcAttribute(c *sim.Call, in *modifyVpcAttributeRequest) (*done, error) {
	here := s.at(c.Place)
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	var given []*flag
	for attribute, stored := range map[*flag]*bool{
		in.EnableDNSSupport: &v.dnsSupport, in.EnableDNSHostnames: &v.dnsHostnames, in.EnableUsageMetrics: &v.addressUsage,
	} {
		if attribute != nil {
			given, *stored = append(given, attribute), attribute.Value
		}
	}
	if len(given) != 1 {
		return nil, sim.Fail("InvalidParameterCombination", "Exactly one attribute must be modified at a time (got %d)", len(given))
	}
	if v.dnsHostnames && !v.dnsSupport {
		return nil, sim.Fail("InvalidParameterValue", "DNS hostnames need DNS support, which is disabled in vpc '%s'", v.id)
	}
	here.vpcs.Put(c.Stamp(), v.id, v)
	return &done{Return: true}, nil
}

type describeVpcAttributeRequest struct {
	VpcID     string `query:"VpcId,required"`
	Attribute string `query:"Attribute,required"`
}

type describeVpcAttributeAnswer struct {
	VpcID              string `xml:"vpcId"`
	EnableDNSSupport   *flag  `xml:"enableDnsSupport"`
	EnableDNSHostnames *flag  `xml:"enableDnsHostnames"`
	EnableUsageMetrics *flag  `xml:"enableNetworkAddressUsageMetrics"`
}

func (s *Service) describeVpcAttribute(c *sim.Call, in *describeVpcAttributeRequest) (*describeVpcAttributeAnswer, error) {
	found, err := seen(vpcKind, s.shownVpcs(c), c.View("vpc"), []string{in.VpcID})
	if err != nil {
		return nil, err
	}
	answer := &describeVpcAttributeAnswer{VpcID: in.VpcID}
	switch in.Attribute {
	case "enableDnsSupport":
		answer.EnableDNSSupport = &flag{found[0].dnsSupport}
	case "enableDnsHostnames":
		answer.EnableDNSHostnames = &flag{found[0].dnsHostnames}
	case "enableNetworkAddressUsageMetrics":
		answer.EnableUsageMetrics = &flag{found[0].addressUsage}
	default:
		return nil, sim.Fail("InvalidParameterValue", "Value (%s) for parameter attribute is invalid. Unknown attribute.", in.Attribute)
	}
	return answer, nil
}
