package ec2

import (
	"maps"
	"slices"

	"github.com/crossvpc/crossvpc/internal/partition"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

func (s *Service) regionActions() map[string]sim.Action {
	return map[string]sim.Action{
		"DescribeRegions":           wire.Query(s.describeRegions),
		"DescribeAvailabilityZones": wire.Query(s.describeZones),
		"DescribeAccountAttributes": wire.Query(s.describeAccountAttributes),
	}
}

type regionAnswer struct {
	Name     string `xml:"regionName"`
	Endpoint string `xml:"regionEndpoint"`
	OptIn    string `xml:"optInStatus"`
}

// regionProperties are the filters of API_DescribeRegions.
var regionProperties = properties[regionAnswer]{
	"region-name":   func(v regionAnswer) []string { return one(v.Name) },
	"endpoint":      func(v regionAnswer) []string { return one(v.Endpoint) },
	"opt-in-status": func(v regionAnswer) []string { return one(v.OptIn) },
}

type describeRegionsRequest struct {
	Names      []string `query:"RegionName"`
	AllRegions bool     `query:"AllRegions"`
	Filters    []filter `query:"Filter"`
}

type describeRegionsAnswer struct {
	Regions wire.List[regionAnswer] `xml:"regionInfo"`
}

func (s *Service) describeRegions(c *sim.Call, in *describeRegionsRequest) (*describeRegionsAnswer, error) {
	elsewhere := func(name string) bool { return partition.Of(name).ID != partition.Of(c.Region).ID }
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(regionZones)), elsewhere)
	for _, name := range in.Names {
		if !slices.Contains(names, name) {
			return nil, sim.Fail("InvalidParameterValue", "Invalid region: %s", name)
		}
	}
	if len(in.Names) > 0 {
		names = slices.Sorted(slices.Values(in.Names))
	}
	render := func(name string) regionAnswer {
		return regionAnswer{name, "ec2." + name + "." + partition.Of(name).DNSSuffix, "opt-in-not-required"}
	}
	answers, _, err := present(names, render, regionProperties, in.Filters, page{}, bounds{}, func(v regionAnswer) string { return v.Name })
	return &describeRegionsAnswer{wire.ListOf(answers)}, err
}

type zoneAnswer struct {
	Region string `xml:"regionName"`
	Name   string `xml:"zoneName"`
	ID     string `xml:"zoneId"`
	Type   string `xml:"zoneType"`
	State  string `xml:"zoneState"`
	Group  string `xml:"groupName"`
	Border string `xml:"networkBorderGroup"`
	OptIn  string `xml:"optInStatus"`
}

// zoneProperties are the filters of API_DescribeAvailabilityZones that plain zones have anything for.
var zoneProperties = properties[zoneAnswer]{
	"region-name":   func(v zoneAnswer) []string { return one(v.Region) },
	"zone-name":     func(v zoneAnswer) []string { return one(v.Name) },
	"zone-id":       func(v zoneAnswer) []string { return one(v.ID) },
	"zone-type":     func(v zoneAnswer) []string { return one(v.Type) },
	"state":         func(v zoneAnswer) []string { return one(v.State) },
	"group-name":    func(v zoneAnswer) []string { return one(v.Group) },
	"opt-in-status": func(v zoneAnswer) []string { return one(v.OptIn) },
}

type describeZonesRequest struct {
	Names    []string `query:"ZoneName"`
	IDs      []string `query:"ZoneId"`
	AllZones bool     `query:"AllAvailabilityZones"`
	Filters  []filter `query:"Filter"`
}

type describeZonesAnswer struct {
	Zones wire.List[zoneAnswer] `xml:"availabilityZoneInfo"`
}

func (s *Service) describeZones(c *sim.Call, in *describeZonesRequest) (*describeZonesAnswer, error) {
	zones := zonesOf(c.Region)
	chosen := slices.DeleteFunc(slices.Clone(zones), func(z zone) bool {
		return len(in.Names) > 0 && !slices.Contains(in.Names, z.name) || len(in.IDs) > 0 && !slices.Contains(in.IDs, z.id)
	})
	if len(chosen) < max(len(in.Names), len(in.IDs)) {
		return nil, sim.Fail("InvalidParameterValue", "Invalid availability zone: %v", append(in.Names, in.IDs...))
	}
	render := func(z zone) zoneAnswer {
		return zoneAnswer{c.Region, z.name, z.id, "availability-zone", "available", c.Region, c.Region, "opt-in-not-required"}
	}
	answers, _, err := present(chosen, render, zoneProperties, in.Filters, page{}, bounds{}, func(v zoneAnswer) string { return v.Name })
	return &describeZonesAnswer{wire.ListOf(answers)}, err
}

type accountAttributesRequest struct {
	Names []string `query:"AttributeName"`
}

type accountAttributesAnswer struct {
	Attributes wire.List[accountAttribute] `xml:"accountAttributeSet"`
}

type accountAttribute struct {
	Name   string                           `xml:"attributeName"`
	Values wire.List[accountAttributeValue] `xml:"attributeValueSet"`
}

type accountAttributeValue struct {
	Value string `xml:"attributeValue"`
}

// accountAttributes are those of an account with VPCs only and no default VPC.
var accountAttributes = []struct{ name, value string }{{"default-vpc", "none"}, {"supported-platforms", "VPC"}}

func (s *Service) describeAccountAttributes(_ *sim.Call, in *accountAttributesRequest) (*accountAttributesAnswer, error) {
	answer := &accountAttributesAnswer{}
	for _, a := range accountAttributes {
		if len(in.Names) == 0 || slices.Contains(in.Names, a.name) {
			answer.Attributes.Items = append(answer.Attributes.Items, accountAttribute{a.name, wire.ListOf([]accountAttributeValue{{a.value}})})
		}
	}
	if len(answer.Attributes.Items) < len(in.Names) {
		return nil, sim.Fail("InvalidParameterValue", "awssim knows the account attributes default-vpc and supported-platforms, not %v", in.Names)
	}
	return answer, nil
}
