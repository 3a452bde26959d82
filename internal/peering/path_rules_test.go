package peering

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// TestAGroupRuleAdmitsItsProtocolAndPortsAndNothingElse: EC2 spells protocols by name, and in rules about ICMP the ports are
// the type and the code (EC2 API reference, IpPermission).
func TestAGroupRuleAdmitsItsProtocolAndPortsAndNothingElse(t *testing.T) {
	v4, v6, list := prefix("10.12.0.0/16"), prefix("fd00::/56"), netip.Prefix{}
	for name, test := range map[string]struct {
		source     netip.Prefix
		protocol   string
		from, to   int32
		admits     []Traffic
		admitsNone []Traffic
	}{
		"all traffic":              {v4, "-1", -1, -1, []Traffic{{trafficTCP, 443, 443}, {trafficUDP, 0, lastPort}, {Protocol: tooBig}}, nil},
		"all TCP":                  {v4, "tcp", 0, lastPort, []Traffic{{trafficTCP, 443, 443}, {trafficTCP, 0, lastPort}}, []Traffic{{trafficUDP, 53, 53}, {Protocol: tooBig}}},
		"all TCP, spelled with -1": {v4, "tcp", -1, -1, []Traffic{{trafficTCP, 443, 443}}, []Traffic{{trafficUDP, 53, 53}}},
		"one port":                 {v4, "tcp", 443, 443, []Traffic{{trafficTCP, 443, 443}}, []Traffic{{trafficTCP, 442, 443}, {trafficTCP, 443, 444}, {trafficTCP, 80, 80}, {trafficTCP, 444, 444}, {trafficUDP, 443, 443}}},
		"a range of ports":         {v4, "udp", 5000, 6000, []Traffic{{trafficUDP, 5000, 6000}, {trafficUDP, 5500, 5501}}, []Traffic{{trafficUDP, 4999, 6000}, {trafficUDP, 5000, 6001}, {trafficTCP, 5500, 5500}}},
		"port 0":                   {v4, "tcp", 0, 0, []Traffic{{trafficTCP, 0, 0}}, []Traffic{{trafficTCP, 1, 1}}},
		"all ICMP":                 {v4, "icmp", -1, -1, []Traffic{{Protocol: tooBig}}, []Traffic{{trafficTCP, 443, 443}}},
		"ICMP type 3":              {v4, "icmp", 3, -1, []Traffic{{Protocol: tooBig}}, nil},
		"fragmentation needed":     {v4, "icmp", 3, 4, []Traffic{{Protocol: tooBig}}, nil},
		"another code of type 3":   {v4, "icmp", 3, 1, nil, []Traffic{{Protocol: tooBig}}},
		"echo":                     {v4, "icmp", 8, -1, nil, []Traffic{{Protocol: tooBig}}},
		"echo reply, spelled 0":    {v4, "icmp", 0, 0, nil, []Traffic{{Protocol: tooBig}}},
		"type 2 of IPv4":           {v4, "icmp", 2, -1, nil, []Traffic{{Protocol: tooBig}}},
		"all ICMPv6":               {v6, "icmpv6", -1, -1, []Traffic{{Protocol: tooBig}}, []Traffic{{trafficTCP, 443, 443}}},
		"packet too big":           {v6, "icmpv6", 2, 0, []Traffic{{Protocol: tooBig}}, nil},
		"type 3 of IPv6":           {v6, "icmpv6", 3, 4, nil, []Traffic{{Protocol: tooBig}}},
		"ICMP of the other family": {v6, "icmp", -1, -1, nil, []Traffic{{Protocol: tooBig}}},
		"ICMP from a list":         {list, "icmp", 3, 4, []Traffic{{Protocol: tooBig}}, nil},
	} {
		rule := SecurityGroupRule{Source: test.source, Protocol: test.protocol, FromPort: test.from, ToPort: test.to}
		for _, traffic := range test.admits {
			if !rule.admits(traffic) {
				t.Errorf("%s does not admit %s", name, traffic)
			}
		}
		for _, traffic := range test.admitsNone {
			if rule.admits(traffic) {
				t.Errorf("%s admits %s", name, traffic)
			}
		}
	}
}

func TestANetworkACLKnowsProtocolsByTheirNumbersOfEachFamily(t *testing.T) {
	v4, v6 := prefix("10.12.0.0/16"), prefix("fd00::/56")
	for _, test := range []struct {
		protocol TrafficProtocol
		block    netip.Prefix
		number   string
		name     string
	}{{trafficTCP, v4, "6", "tcp"}, {trafficTCP, v6, "6", "tcp"}, {trafficUDP, v6, "17", "udp"}, {tooBig, v4, "1", "icmp"}, {tooBig, v6, "58", "icmpv6"}} {
		if number, name := test.protocol.number(test.block), test.protocol.name(test.block); number != test.number || name != test.name {
			t.Errorf("%s from %s is %s %s, want %s %s", test.protocol, test.block, number, name, test.number, test.name)
		}
	}
	if !(Traffic{Protocol: trafficTCP}).TCP() || (Traffic{Protocol: trafficUDP}).TCP() {
		t.Error("TCP alone is TCP")
	}
}

func TestWhatASideAdmitsIsReadFromItsIngress(t *testing.T) {
	all := []Traffic{{trafficTCP, 0, lastPort}, {trafficUDP, 0, lastPort}}
	port := func(n int32) *int32 { return &n }
	for name, test := range map[string]struct {
		rules []v1alpha1.IngressRule
		want  []Traffic
	}{
		"nothing is asked for: everything":  {nil, all},
		"all traffic":                       {[]v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolAll}}, all},
		"a range of UDP":                    {[]v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolUDP, FromPort: port(53), ToPort: port(54)}}, []Traffic{{trafficUDP, 53, 54}}},
		"all TCP":                           {[]v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP}}, []Traffic{{trafficTCP, 0, lastPort}}},
		"ICMP alone carries no connections": {[]v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolICMP}, {Protocol: v1alpha1.ProtocolICMPv6}}, nil},
		"each rule adds": {[]v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: port(443), ToPort: port(443)}, {Protocol: v1alpha1.ProtocolUDP, FromPort: port(53), ToPort: port(53)}},
			[]Traffic{{trafficTCP, 443, 443}, {trafficUDP, 53, 53}}},
	} {
		s := newScene()
		s.Spec.Accepter.SecurityGroups.Ingress = test.rules
		if d := cmp.Diff(test.want, s.Request.Admitted(Accepter)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestAnswersNeedNoEntryOfTheirOwnWhereAllTheirPortsAreOpenAnyway(t *testing.T) {
	https := []Traffic{{trafficTCP, 443, 443}}
	for name, test := range map[string]struct {
		otherWay []Traffic
		want     []Traffic
	}{
		"from just the first port that a client may have": {[]Traffic{{trafficTCP, 1024, lastPort}}, nil},
		"from one above it":     {[]Traffic{{trafficTCP, 1025, lastPort}}, []Traffic{{trafficTCP, 1024, lastPort}}},
		"to one below the last": {[]Traffic{{trafficTCP, 0, lastPort - 1}}, []Traffic{{trafficTCP, 1024, lastPort}}},
		"of the other protocol": {[]Traffic{{trafficUDP, 0, lastPort}}, []Traffic{{trafficTCP, 1024, lastPort}}},
	} {
		if d := cmp.Diff(test.want, answers(https, test.otherWay)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestThePathNeedsARuleForEveryProtocolThatIsAskedFor(t *testing.T) {
	only := func(s *scene, protocol string, from, to int32) {
		s.side(Requester).Rules[0].Protocol, s.side(Requester).Rules[0].FromPort, s.side(Requester).Rules[0].ToPort = protocol, from, to
	}
	more := func(s *scene, source, protocol string, from, to int32) {
		s.side(Requester).Rules = append(s.side(Requester).Rules, SecurityGroupRule{GroupID: euGroup, Source: prefix(source), Protocol: protocol, FromPort: from, ToPort: to})
	}
	for name, test := range map[string]struct {
		edit func(*scene)
		want string
	}{
		"a rule for the port that is asked for": {func(s *scene) { s.sameRegion(); s.onlyHTTPS(); only(s, "tcp", 443, 443) }, ""},
		"a rule for another port":               {func(s *scene) { s.sameRegion(); s.onlyHTTPS(); only(s, "tcp", 80, 80) }, "let no tcp 443 in from 10.12.0.0/16"},
		"a rule for the other protocol":         {func(s *scene) { s.sameRegion(); s.onlyHTTPS(); only(s, "udp", 443, 443) }, "let no tcp 443 in from 10.12.0.0/16"},
		"TCP alone where all was asked for":     {func(s *scene) { s.sameRegion(); only(s, "tcp", 0, lastPort) }, "let no udp 0-65535 in from 10.12.0.0/16"},
		"rules that share the ports": {func(s *scene) {
			s.sameRegion()
			only(s, "tcp", 0, 1023)
			more(s, "10.12.0.0/16", "tcp", 1024, lastPort)
			more(s, "10.12.0.0/16", "udp", 0, lastPort)
		}, ""},
		"rules that share them with one missing": {func(s *scene) {
			s.sameRegion()
			only(s, "tcp", 0, 1023)
			more(s, "10.12.0.0/16", "tcp", 1025, lastPort)
			more(s, "10.12.0.0/16", "udp", 0, lastPort)
		}, "let no tcp 1024 in from 10.12.0.0/16"},
		"rules that share blocks and ports": {func(s *scene) {
			s.sameRegion()
			only(s, "udp", 0, lastPort)
			more(s, "10.12.0.0/17", "tcp", 0, lastPort)
			more(s, "10.12.128.0/17", "tcp", 0, 1023)
		}, "let no tcp 1024-65535 in from 10.12.128.0/17"},
		"rules that overlap": {func(s *scene) {
			s.sameRegion()
			only(s, "tcp", 0, 2000)
			more(s, "10.12.0.0/16", "tcp", 1000, lastPort)
			more(s, "10.12.0.0/16", "udp", 0, lastPort)
		}, ""},
		"all ports but 0, which nobody uses": {func(s *scene) {
			s.sameRegion()
			only(s, "tcp", 1, lastPort)
			more(s, "10.12.0.0/16", "udp", 1, lastPort)
		}, ""},
		"a rule of another group of another interface": {func(s *scene) {
			s.sameRegion()
			s.onlyHTTPS()
			only(s, "tcp", 80, 80)
			more(s, "10.12.0.0/16", "tcp", 443, 443)
			s.side(Requester).Rules[len(s.side(Requester).Rules)-1].GroupID = "sg-elsewhere"
		}, "let no tcp 443 in from 10.12.0.0/16"},
		"a rule about the group of all of the peer's interfaces": {func(s *scene) {
			s.sameRegion()
			s.side(Requester).Rules[0] = aboutGroup(s.side(Requester).Rules[0], usGroup)
		}, ""},
		"a rule about a group of the own VPC": {func(s *scene) {
			s.sameRegion()
			s.onlyHTTPS()
			s.side(Requester).Rules[0] = aboutGroup(s.side(Requester).Rules[0], euGroup)
		}, "let no tcp 443 in from 10.12.0.0/16"},
		"a rule about a group, which can't be the peer's in another region": {func(s *scene) {
			s.onlyHTTPS()
			more(s, "10.12.0.0/16", "icmp", -1, -1)
			s.side(Requester).Rules[0] = aboutGroup(s.side(Requester).Rules[0], usGroup)
		}, "let no tcp 443 in from 10.12.0.0/16"},
		"a rule about a prefix list, in another region": {func(s *scene) {
			s.side(Requester).Rules[0] = aboutList(s.side(Requester).Rules[0], "10.12.0.0/16")
		}, ""},
		"no ICMP between regions": {func(s *scene) { s.onlyHTTPS(); only(s, "tcp", 443, 443) }, "do not admit icmp type 3 code 4 from 10.12.0.0/16"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openPath()
			test.edit(s)
			if said := CheckPath(s.Request, s.Snapshot).Obstacles(); !strings.Contains(said, test.want) || (said == "") != (test.want == "") || strings.Count(said, ". Ad") > 1 {
				t.Errorf("it says %q, want %q", said, test.want)
			}
		})
	}
}

func TestPortsAreCutWhereRulesBeginAndEnd(t *testing.T) {
	rule := func(from, to int32) SecurityGroupRule { return SecurityGroupRule{FromPort: from, ToPort: to} }
	for name, test := range map[string]struct {
		whole Traffic
		rules []SecurityGroupRule
		want  []Traffic
	}{
		"no rule":                    {Traffic{trafficTCP, 0, lastPort}, nil, []Traffic{{trafficTCP, 1, lastPort}}},
		"port 0 alone":               {Traffic{trafficTCP, 0, 0}, nil, []Traffic{{trafficTCP, 0, 0}}},
		"one port":                   {Traffic{trafficTCP, 443, 443}, []SecurityGroupRule{rule(443, 443), rule(80, 80)}, []Traffic{{trafficTCP, 443, 443}}},
		"two rules, side by side":    {Traffic{trafficUDP, 443, 444}, []SecurityGroupRule{rule(443, 443), rule(444, 444)}, []Traffic{{trafficUDP, 443, 443}, {trafficUDP, 444, 444}}},
		"in whatever order, twice":   {Traffic{trafficTCP, 1, 30}, []SecurityGroupRule{rule(20, 25), rule(5, 9), rule(5, 9)}, []Traffic{{trafficTCP, 1, 4}, {trafficTCP, 5, 9}, {trafficTCP, 10, 19}, {trafficTCP, 20, 25}, {trafficTCP, 26, 30}}},
		"a rule that begins before":  {Traffic{trafficTCP, 10, 30}, []SecurityGroupRule{rule(1, 20)}, []Traffic{{trafficTCP, 10, 20}, {trafficTCP, 21, 30}}},
		"all ports, spelled with -1": {Traffic{trafficTCP, 10, 30}, []SecurityGroupRule{rule(-1, -1)}, []Traffic{{trafficTCP, 10, 30}}},
		"ICMP has none":              {Traffic{Protocol: tooBig}, []SecurityGroupRule{rule(3, 4)}, []Traffic{{Protocol: tooBig}}},
	} {
		if got := test.whole.parts(test.rules); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestOfSeveralRoutesToABlockTheLongestCarriesItAndOfEqualOnesTheStatic(t *testing.T) {
	wide, narrow := route("10.0.0.0/8", "tgw-wide"), route("10.12.0.0/15", "tgw-narrow")
	static, learned := route("10.12.0.0/16", ourID), propagated("10.12.0.0/16", "vgw-1")
	for name, test := range map[string]struct {
		routes []Route
		want   string
	}{
		"the longer one of two":             {[]Route{wide, narrow}, "tgw-narrow"},
		"the block's own":                   {[]Route{wide, narrow, static}, ourID},
		"the static one of two":             {[]Route{learned, static}, ourID},
		"not a static one that is shorter":  {[]Route{learned, wide}, "vgw-1"},
		"the first of two that are learned": {[]Route{propagated("10.12.0.0/16", "vgw-1"), propagated("10.12.0.0/16", "vgw-2")}, "vgw-1"},
		"none that is about a part":         {[]Route{route("10.12.0.0/17", "tgw-part")}, ""},
		"none about other addresses":        {[]Route{route("10.13.0.0/16", "tgw-other")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			orders := [][]Route{test.routes}
			if !strings.Contains(name, "first") {
				reversed := slices.Clone(test.routes)
				slices.Reverse(reversed)
				orders = append(orders, reversed)
			}
			for _, routes := range orders {
				got := ""
				if found := carrier(RouteTable{ID: "rtb-eu", Routes: routes}, prefix("10.12.0.0/16")); found != nil {
					got = found.Target
				}
				if got != test.want {
					t.Errorf("%v: the block is carried to %q, want %q", routes, got, test.want)
				}
			}
		})
	}
}

func TestASideWithoutClustersIsJudgedByTheTablesAndGroupsThatItSelects(t *testing.T) {
	s := openPath()
	s.Spec.Requester.ClusterRefs, s.Networks.Requester = nil, nil
	s.Spec.Requester.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{euGroup}}
	s.side(Requester).RouteTables[0].Routes = nil
	s.side(Requester).Rules = nil
	said := CheckPath(s.Request, s.Snapshot).Obstacles()
	for _, part := range []string{"Route table rtb-eu (requester) has no route to 10.12.0.0/16.", "Interfaces with sg-eu (requester) let no tcp 0-65535 in"} {
		if !strings.Contains(said, part) {
			t.Errorf("it says %q, want %q", said, part)
		}
	}
}

// unreadList is a route by a prefix list that the identity may not read.
func unreadList(target string) Route {
	return Route{PrefixListID: "pl-1", Target: target, State: "active", Origin: "CreateRoute", Unread: "A read was denied."}
}

func aboutList(rule SecurityGroupRule, entries ...string) SecurityGroupRule {
	rule.Source, rule.PrefixListID = netip.Prefix{}, "pl-1"
	for _, entry := range entries {
		rule.Entries = append(rule.Entries, prefix(entry))
	}
	return rule
}

func aboutGroup(rule SecurityGroupRule, group string) SecurityGroupRule {
	rule.Source, rule.ReferencedGroupID = netip.Prefix{}, group
	return rule
}

// TestAPathThatRestsOnWhatIsNotKnownIsNotCalledClear: a list that was not read, or a group of some of the peer's interfaces.
func TestAPathThatRestsOnWhatIsNotKnownIsNotCalledClear(t *testing.T) {
	const ourList = "the entries of prefix list pl-1, which leads to pcx-ours in rtb-eu (A read was denied), and no other route carries 10.12.0.0/16"
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string
	}{
		"a list to the connection may have the block": {func(s *scene) { s.side(Requester).RouteTables[0].Routes = []Route{unreadList(ourID)} }, []string{ourList}},
		"beside a default route": {func(s *scene) {
			s.side(Requester).RouteTables[0].Routes = []Route{route("0.0.0.0/0", "nat-1"), unreadList(ourID)}
		}, []string{ourList}},
		"beside a route of our own it is of no use": {func(s *scene) {
			s.side(Requester).RouteTables[0].Routes = append(s.side(Requester).RouteTables[0].Routes, unreadList(ourID))
		}, nil},
		"a list to elsewhere may have a part of the block": {func(s *scene) {
			s.side(Requester).RouteTables[0].Routes = append(s.side(Requester).RouteTables[0].Routes, unreadList("tgw-1"))
		}, []string{"the entries of prefix list pl-1, which leads to tgw-1 in rtb-eu (A read was denied)"}},
		"a rule about a list": {func(s *scene) {
			s.side(Requester).Rules[1] = aboutList(s.side(Requester).Rules[1])
			s.side(Requester).Rules[1].Unread = "A read was denied."
		}, []string{"the entries of prefix list pl-1, which rule sgr-out of sg-eu is about (A read was denied)"}},
		"a rule about a list beside one that admits all": {func(s *scene) {
			more := aboutList(s.side(Requester).Rules[1])
			more.Unread = "A read was denied."
			s.side(Requester).Rules = append(s.side(Requester).Rules, more)
		}, nil},
		"a rule about a group that some of the peer's interfaces have": {func(s *scene) {
			s.sameRegion()
			s.Networks.Accepter[0].InterfaceGroups = append(s.Networks.Accepter[0].InterfaceGroups, v1alpha1.InterfaceGroups{SecurityGroupIDs: []string{"sg-more"}})
			s.side(Accepter).Groups = append(s.side(Accepter).Groups, SecurityGroup{ID: "sg-more", VPC: "vpc-us"})
			for _, rule := range s.side(Accepter).Rules {
				rule.GroupID = "sg-more"
				s.side(Accepter).Rules = append(s.side(Accepter).Rules, rule)
			}
			s.side(Requester).Rules[0] = aboutGroup(s.side(Requester).Rules[0], usGroup)
		}, []string{"which interfaces of the peer carry sg-us, which rule sgr-in of sg-eu is about"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := openPath()
			test.edit(s)
			path := CheckPath(s.Request, s.Snapshot)
			if !slices.Equal(path.Unknown, test.want) || len(path.Findings) > 0 {
				t.Errorf("it does not know %q, want %q, and finds %v", path.Unknown, test.want, path.Findings)
			}
		})
	}
}

// TestASideOfWhichNothingIsKnownIsNotCalledOpen: it has no clusters, and selects no tables and no groups.
func TestASideOfWhichNothingIsKnownIsNotCalledOpen(t *testing.T) {
	s := openPath()
	s.Spec.Accepter.ClusterRefs, s.Networks.Accepter = nil, nil
	path := CheckPath(s.Request, s.Snapshot)
	if said := path.Clear(s.Request); len(path.Unknown) > 0 || !strings.Contains(said, "Of the accepter no group was looked at, since it has no clusters and spec.accepter.securityGroups selects none.") {
		t.Errorf("it does not know %q, and says %q", path.Unknown, said)
	}
	s.Spec.Accepter.Routes.Tables = v1alpha1.SelectNone
	if path := CheckPath(s.Request, s.Snapshot); !slices.Contains(path.Unknown, "which route tables packets of the accepter meet") {
		t.Errorf("no table was looked at, and it does not know %q", path.Unknown)
	}
	s.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{usGroup}}
	if path := CheckPath(s.Request, s.Snapshot); len(path.Groupless) > 0 {
		t.Errorf("a group is selected, and none was looked at of %v", path.Groupless)
	}
}

func TestAPrefixListThatMayHoldTheBlockHidesNoRouteThatIsKnown(t *testing.T) {
	s := openPath()
	s.side(Requester).RouteTables[0].Routes = append(s.side(Requester).RouteTables[0].Routes, unreadList(ourID), route("10.12.7.0/24", "vgw-1"))
	if said := CheckPath(s.Request, s.Snapshot).Obstacles(); !strings.Contains(said, "10.12.7.0/24, a part of 10.12.0.0/16, to vgw-1") {
		t.Errorf("of a part that goes elsewhere it says %q", said)
	}
	s.side(Requester).RouteTables[0].Routes = []Route{unreadList(ourID), route("10.12.7.0/24", "vgw-1")}
	if said := CheckPath(s.Request, s.Snapshot).Obstacles(); said != "" {
		t.Errorf("where the whole block may be in the list it says %q", said)
	}
}

func TestWhatCouldNotBeReadOfThePathIsNamed(t *testing.T) {
	s := openPath()
	s.side(Accepter).NetworkACLs = nil
	if said := CheckPath(s.Request, s.Snapshot).UnknownText(); !strings.Contains(said, "network ACLs of the accepter") {
		t.Errorf("it says %q", said)
	}
	s.Spec.Accepter.ClusterRefs, s.Networks.Accepter = nil, nil // its subnets are those of its ACLs, which are not known
	if path := CheckPath(s.Request, s.Snapshot); len(path.Unknown) != 1 || len(path.Findings) != 0 {
		t.Errorf("it finds %v and does not know %v", path.Findings, path.Unknown)
	}
}

func TestAnACLThatDropsAPartOfABlockIsFoundWhateverItsEntriesCover(t *testing.T) {
	acl := NetworkACL{ID: "acl-1", Entries: entries(allow(10, "6:0-65535 10.12.0.0/17 in"), deny(20, "6:443-443 10.12.128.0/18 in"), allow(30, "6:0-65535 10.12.0.0/16 in"))}
	found, drops := acl.dropped(false, Traffic{trafficTCP, 443, 443}, []netip.Prefix{prefix("10.12.0.0/16")})
	if !drops || found.entry != 20 || found.block != prefix("10.12.128.0/18") {
		t.Errorf("found %+v, %t", found, drops)
	}
	acl.Entries = entries(allow(10, "6:0-65535 10.12.0.0/17 in"))
	if found, drops := acl.dropped(false, Traffic{trafficTCP, 443, 443}, []netip.Prefix{prefix("10.12.0.0/16")}); !drops || found.entry != lastEntry || found.block != prefix("10.12.128.0/17") {
		t.Errorf("of what no entry is about it says %+v, %t", found, drops)
	}
	acl.Entries = entries(allow(10, "6:1-65535 10.12.0.0/16 in"))
	if found, drops := acl.dropped(false, Traffic{trafficTCP, 0, lastPort}, []netip.Prefix{prefix("10.12.0.0/16")}); drops {
		t.Errorf("port 0, which nobody uses, is dropped: %+v", found)
	}
	if found, drops := acl.dropped(false, Traffic{trafficTCP, 0, 0}, []netip.Prefix{prefix("10.12.0.0/16")}); !drops {
		t.Errorf("port 0 was asked for, and is not dropped: %+v", found)
	}
}
