package ec2

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// allProtocols stands for every protocol and port.
const allProtocols = "-1"

// permission is what a rule permits, in canonical form: two rules of one direction with equal
// permissions are the same rule, whatever their descriptions and tags (londonaicentre/FLIP#886).
type permission struct {
	protocol string
	from, to int32
	// Exactly one of these four is set; account goes with group.
	block      string
	block6     string
	prefixList string
	group      string
	account    string
}

// peer is the permission's source or destination.
func (p permission) peer() string { return p.block + p.block6 + p.prefixList + p.group }

// String is the permission as error texts have it.
func (p permission) String() string {
	if p.protocol == allProtocols {
		return fmt.Sprintf("peer: %s, ALL, ALLOW", p.peer())
	}
	return fmt.Sprintf("peer: %s, %s, from port: %d, to port: %d, ALLOW", p.peer(), strings.ToUpper(p.protocol), p.from, p.to)
}

// permissionRequest is an IpPermission of a request.
type permissionRequest struct {
	Protocol    string         `query:"IpProtocol,required"`
	From        *int32         `query:"FromPort"`
	To          *int32         `query:"ToPort"`
	Ranges      []rangeRequest `query:"IpRanges"`
	Ranges6     []rangeRequest `query:"Ipv6Ranges"`
	PrefixLists []rangeRequest `query:"PrefixListIds"`
	Groups      []pairRequest  `query:"Groups"`
}

// rangeRequest is a source or destination that is not a group; each list uses its own name of three.
type rangeRequest struct {
	Block        string `query:"CidrIp"`
	Block6       string `query:"CidrIpv6"`
	PrefixListID string `query:"PrefixListId"`
	Description  string `query:"Description"`
}

type pairRequest struct {
	GroupID     string `query:"GroupId"`
	UserID      string `query:"UserId"`
	VpcID       string `query:"VpcId"`
	PeeringID   string `query:"VpcPeeringConnectionId"`
	Description string `query:"Description"`
}

// described is a permission with what is not part of its identity.
type described struct {
	permission
	description string
}

var protocolNumbers = map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}

// normalised is the protocol and ports in canonical form.
func normalised(protocol string, from, to *int32) (permission, error) {
	name := strings.ToLower(protocol)
	if byNumber, known := protocolNumbers[name]; known {
		name = byNumber
	}
	p := permission{protocol: name, from: -1, to: -1}
	switch name {
	case "tcp", "udp":
		return p.withPorts(from, to)
	case "icmp", "icmpv6":
		if from != nil {
			p.from = *from
		}
		if to != nil {
			p.to = *to
		}
		return p, nil
	}
	if n, err := strconv.Atoi(name); err != nil || n < -1 || n > 255 {
		return p, sim.Fail("InvalidParameterValue", "Invalid value '%s' for IP protocol. Unknown protocol.", protocol)
	}
	// Any other protocol has no ports, whatever was sent (API_IpPermission).
	return p, nil
}

func (p permission) withPorts(from, to *int32) (permission, error) {
	if from == nil || to == nil {
		return p, sim.Fail("InvalidParameterValue", "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
	}
	p.from, p.to = *from, *to
	if p.from < 0 || p.to > 65535 || p.from > p.to {
		return p, sim.Fail("InvalidParameterValue", "Invalid value '%d-%d' for portRange. Expecting 0 to 65535, in order.", p.from, p.to)
	}
	return p, nil
}

var allowedDescription = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)

func checkDescription(text string) error {
	if !allowedDescription.MatchString(text) {
		return sim.Fail("InvalidParameterValue",
			"Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
	}
	return nil
}

// expand makes a rule's permission of each source or destination in the request.
func (s *Service) expand(c *sim.Call, g group, requests []permissionRequest) ([]described, error) {
	var all []described
	for _, request := range requests {
		base, err := normalised(request.Protocol, request.From, request.To)
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, list := range [][]rangeRequest{request.Ranges, request.Ranges6, request.PrefixLists} {
			for _, item := range list {
				p, err := s.at(c.Place).toRange(base, item)
				if err != nil {
					return nil, err
				}
				all = append(all, described{p, item.Description})
			}
		}
		for _, pair := range request.Groups {
			p, err := s.toGroup(c, base, g, pair)
			if err != nil {
				return nil, err
			}
			all = append(all, described{p, pair.Description})
		}
		if len(all) == before {
			return nil, sim.Fail("MissingParameter", "The request must contain a source or destination of each permission")
		}
	}
	return all, refuseRepeats(all)
}

func refuseRepeats(all []described) error {
	met := map[permission]bool{}
	for _, d := range all {
		if err := checkDescription(d.description); err != nil {
			return err
		}
		if met[d.permission] {
			return sim.Fail("InvalidParameterValue", "The same permission must not appear multiple times")
		}
		met[d.permission] = true
	}
	return nil
}

// toRange completes the permission with a block or a prefix list.
func (h *holdings) toRange(p permission, item rangeRequest) (permission, error) {
	switch {
	case item.Block != "":
		prefix, err := parseRuleBlock(item.Block, false)
		p.block = prefix
		return p, err
	case item.Block6 != "":
		prefix, err := parseRuleBlock(item.Block6, true)
		p.block6 = prefix
		return p, err
	case item.PrefixListID != "":
		list, err := find(prefixListKind, &h.prefixLists, item.PrefixListID)
		p.prefixList = list.id
		return p, err
	}
	return p, sim.Fail("MissingParameter", "The request must contain a block or prefix list of each range")
}

func parseRuleBlock(text string, v6 bool) (string, error) {
	prefix, err := parseFamily("cidrIp", text, v6)
	if err != nil {
		return "", sim.Fail("InvalidParameterValue", "CIDR block %s is malformed", text)
	}
	return prefix.String(), nil
}
