package ec2

import (
	"slices"
	"strconv"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type groupAnswer struct {
	ID          string                      `xml:"groupId"`
	ARN         string                      `xml:"securityGroupArn"`
	Name        string                      `xml:"groupName"`
	Description string                      `xml:"groupDescription"`
	VpcID       string                      `xml:"vpcId"`
	OwnerID     string                      `xml:"ownerId"`
	Ingress     wire.List[permissionAnswer] `xml:"ipPermissions"`
	Egress      wire.List[permissionAnswer] `xml:"ipPermissionsEgress"`
	TagSet      wire.List[tag]              `xml:"tagSet"`
}

func (v groupAnswer) tags() []tag { return v.TagSet.Items }

// permissionAnswer gathers the rules of one protocol and port range.
type permissionAnswer struct {
	Protocol    string                      `xml:"ipProtocol"`
	From        *int32                      `xml:"fromPort"`
	To          *int32                      `xml:"toPort"`
	Groups      wire.List[referenceAnswer]  `xml:"groups"`
	Ranges      wire.List[rangeAnswer]      `xml:"ipRanges"`
	Ranges6     wire.List[range6Answer]     `xml:"ipv6Ranges"`
	PrefixLists wire.List[prefixListIDInfo] `xml:"prefixListIds"`
}

type rangeAnswer struct {
	Block       string `xml:"cidrIp"`
	Description string `xml:"description,omitempty"`
}

type range6Answer struct {
	Block       string `xml:"cidrIpv6"`
	Description string `xml:"description,omitempty"`
}

type prefixListIDInfo struct {
	ID          string `xml:"prefixListId"`
	Description string `xml:"description,omitempty"`
}

func (r reader) group(g group) groupAnswer {
	return groupAnswer{
		g.id, groupARN(r.place, g.id), g.name, g.description, g.vpc, r.place.Account,
		r.permissions(g, false), r.permissions(g, true), wire.ListOf(r.tagsOf(groupType, g.id)),
	}
}

func (r reader) permissions(g group, egress bool) wire.List[permissionAnswer] {
	var gathered wire.List[permissionAnswer]
	at := map[permission]int{}
	for _, each := range g.rules {
		if each.egress != egress {
			continue
		}
		key := permission{protocol: each.protocol, from: each.from, to: each.to}
		if _, known := at[key]; !known {
			at[key] = len(gathered.Items)
			gathered.Items = append(gathered.Items, newPermission(key))
		}
		r.gather(&gathered.Items[at[key]], g, each)
	}
	return gathered
}

// newPermission shows ports only where the protocol has any.
func newPermission(p permission) permissionAnswer {
	answer := permissionAnswer{Protocol: p.protocol}
	if slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6"}, p.protocol) {
		answer.From, answer.To = &p.from, &p.to
	}
	return answer
}

func (r reader) gather(into *permissionAnswer, g group, each rule) {
	switch {
	case each.block != "":
		into.Ranges.Items = append(into.Ranges.Items, rangeAnswer{each.block, each.description})
	case each.block6 != "":
		into.Ranges6.Items = append(into.Ranges6.Items, range6Answer{each.block6, each.description})
	case each.prefixList != "":
		into.PrefixLists.Items = append(into.PrefixLists.Items, prefixListIDInfo{each.prefixList, each.description})
	default:
		reference := r.reference(g, each.permission)
		reference.Description = each.description
		into.Groups.Items = append(into.Groups.Items, reference)
	}
}

// groupProperties are the filters of API_DescribeSecurityGroups.
var groupProperties = withPermissionFilters(properties[groupAnswer]{
	"group-id":    func(v groupAnswer) []string { return one(v.ID) },
	"group-name":  func(v groupAnswer) []string { return one(v.Name) },
	"description": func(v groupAnswer) []string { return one(v.Description) },
	"owner-id":    func(v groupAnswer) []string { return one(v.OwnerID) },
	"vpc-id":      func(v groupAnswer) []string { return one(v.VpcID) },
})

// withPermissionFilters adds the filters of both directions' permissions.
func withPermissionFilters(known properties[groupAnswer]) properties[groupAnswer] {
	for prefix, of := range map[string]func(groupAnswer) []permissionAnswer{
		"ip-permission.":        func(v groupAnswer) []permissionAnswer { return v.Ingress.Items },
		"egress.ip-permission.": func(v groupAnswer) []permissionAnswer { return v.Egress.Items },
	} {
		for name, values := range permissionProperties {
			known[prefix+name] = func(v groupAnswer) []string {
				var all []string
				for _, p := range of(v) {
					all = append(all, values(p)...)
				}
				return all
			}
		}
	}
	return known
}

var permissionProperties = properties[permissionAnswer]{
	"protocol":  func(p permissionAnswer) []string { return one(p.Protocol) },
	"from-port": func(p permissionAnswer) []string { return port(p.From) },
	"to-port":   func(p permissionAnswer) []string { return port(p.To) },
	"cidr": func(p permissionAnswer) []string {
		return each(p.Ranges.Items, func(r rangeAnswer) string { return r.Block })
	},
	"ipv6-cidr": func(p permissionAnswer) []string {
		return each(p.Ranges6.Items, func(r range6Answer) string { return r.Block })
	},
	"prefix-list-id": func(p permissionAnswer) []string {
		return each(p.PrefixLists.Items, func(l prefixListIDInfo) string { return l.ID })
	},
	"group-id": func(p permissionAnswer) []string {
		return each(p.Groups.Items, func(g referenceAnswer) string { return g.GroupID })
	},
	"user-id": func(p permissionAnswer) []string {
		return each(p.Groups.Items, func(g referenceAnswer) string { return g.UserID })
	},
}

func port(number *int32) []string {
	if number == nil {
		return nil
	}
	return []string{strconv.Itoa(int(*number))}
}

type describeGroupsRequest struct {
	IDs     []string `query:"GroupId"`
	Filters []filter `query:"Filter"`
	page
}

type describeGroupsAnswer struct {
	Groups    wire.List[groupAnswer] `xml:"securityGroupInfo"`
	NextToken string                 `xml:"nextToken,omitempty"`
}

func (s *Service) describeGroups(c *sim.Call, in *describeGroupsRequest) (*describeGroupsAnswer, error) {
	all, view := s.shownGroups(c), c.View(groupType)
	found, err := seen(groupKind, all, view, in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, func(v group) groupAnswer { return all.reader(view, v.id).group(v) }, groupProperties, in.Filters, in.page, bounds{5, 1000},
		func(v groupAnswer) string { return v.ID })
	return &describeGroupsAnswer{wire.ListOf(answers), next}, err
}
