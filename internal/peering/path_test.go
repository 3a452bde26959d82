package peering

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// openPath is a scene in which packets pass both ways.
func openPath() *scene {
	s := connected()
	for _, side := range []*SideSnapshot{&s.Snapshot.Requester, &s.Snapshot.Accepter} {
		group, peer := side.Groups[0].ID, "10.12.0.0/16"
		if side == &s.Snapshot.Accepter {
			peer = "10.11.0.0/16"
		}
		side.RouteTables[0].Routes = append(side.RouteTables[0].Routes, Route{Destination: prefix(peer), Target: ourID, State: "active", Origin: "CreateRoute"})
		side.Rules = []SecurityGroupRule{
			{ID: "sgr-in", GroupID: group, Source: prefix(peer), Protocol: "-1", FromPort: -1, ToPort: -1},
			{ID: "sgr-out", GroupID: group, Egress: true, Source: prefix("0.0.0.0/0"), Protocol: "-1", FromPort: -1, ToPort: -1},
		}
		side.NetworkACLs = []NetworkACL{{ID: "acl-" + group, Subnets: side.RouteTables[0].Subnets, Entries: entries(
			allow(100, "-1 0.0.0.0/0 both"), deny(32767, "-1 0.0.0.0/0 both"))}}
	}
	return s
}

func allow(number int32, text string) []ACLEntry { return entry(number, true, text) }
func deny(number int32, text string) []ACLEntry  { return entry(number, false, text) }

// entry reads "6:443-443 10.12.0.0/16 in"; -1 is every protocol, 1:3-4 is ICMP type 3 code 4.
func entry(number int32, allows bool, text string) []ACLEntry {
	fields := strings.Fields(text)
	e := ACLEntry{Number: number, Allow: allows, Block: prefix(fields[1]), FromPort: -1, ToPort: -1, ICMPType: -1, ICMPCode: -1}
	protocol, ports, limited := strings.Cut(fields[0], ":")
	e.Protocol = protocol
	var from, to int32
	if limited {
		if _, err := fmt.Sscanf(ports, "%d-%d", &from, &to); err != nil {
			panic(err)
		}
		if protocol == "1" {
			e.ICMPType, e.ICMPCode = from, to
		} else {
			e.FromPort, e.ToPort = from, to
		}
	}
	switch fields[2] {
	case "in":
		return []ACLEntry{e}
	case "out":
		e.Egress = true
		return []ACLEntry{e}
	default:
		out := e
		out.Egress = true
		return []ACLEntry{e, out}
	}
}

func entries(lists ...[]ACLEntry) []ACLEntry { return slices.Concat(lists...) }

func (s *scene) sameRegion() {
	s.Sides.Accepter.Region = s.Sides.Requester.Region
	for _, side := range []*SideSnapshot{&s.Snapshot.Requester, &s.Snapshot.Accepter} {
		for i := range side.Connections {
			side.Connections[i].Accepter.Region = s.Sides.Requester.Region
		}
	}
}

func (s *scene) onlyHTTPS() {
	port := int32(443)
	s.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: &port, ToPort: &port}}
	s.Spec.Requester.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: &port, ToPort: &port}}
}

func TestThePathIsFollowedHopByHop(t *testing.T) {
	requester := func(s *scene) *SideSnapshot { return &s.Snapshot.Requester }
	for _, test := range []struct {
		name string
		edit func(*scene)
		want []string // reason, whose packets, which of them
		part string
	}{
		{"all is open", func(*scene) {}, nil, ""},
		{"no connection", func(s *scene) { s.Snapshot.Requester.Connections, s.Snapshot.Accepter.Connections = nil, nil },
			[]string{"ConnectionNotActive requester All", "ConnectionNotActive accepter All"}, "no live peering connection"},
		{"a connection that is not accepted yet", func(s *scene) {
			s.Snapshot.Requester.Connections[0].State, s.Snapshot.Accepter.Connections[0].State = StatePending, StatePending
		}, []string{"ConnectionNotActive requester All", "ConnectionNotActive accepter All"}, "Connection pcx-ours is pending-acceptance"},
		{"no route", func(s *scene) { requester(s).RouteTables[0].Routes = nil }, []string{"RouteMissing requester All"}, "Route table rtb-eu (requester) has no route to 10.12.0.0/16."},
		{"the route of the peer's second block is missing", func(s *scene) {
			s.Snapshot.Accepter.VPC = vpc("vpc-us", "10.12.0.0/16", "100.65.0.0/24")
			requester(s).Rules = append(requester(s).Rules, SecurityGroupRule{GroupID: euGroup, Source: prefix("100.65.0.0/24"), Protocol: "-1", FromPort: -1, ToPort: -1})
		}, []string{"RouteMissing requester All"}, "100.65.0.0/24"},
		{"a block that is excluded needs no route", func(s *scene) {
			s.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.12.0.0/16"}
			requester(s).RouteTables[0].Routes = nil
		}, nil, ""},
		{"a wider route to a transit gateway", func(s *scene) {
			requester(s).RouteTables[0].Routes = []Route{{Destination: prefix("10.0.0.0/8"), Target: "tgw-1", State: "active"}}
		}, []string{"RouteElsewhere requester All"}, "to tgw-1 by its route to 10.0.0.0/8"},
		{"another route to just the block", func(s *scene) {
			requester(s).RouteTables[0].Routes = []Route{{Destination: prefix("10.12.0.0/16"), Target: "tgw-1", State: "active", Origin: "CreateRoute"}}
		}, []string{"RouteElsewhere requester All"}, "already routes 10.12.0.0/16 to tgw-1 (active). No other route to the block can be added. Remove that one, or leave the block out with spec.requester.routes.excludeCIDRs."},
		{"a propagated route to just the block", func(s *scene) {
			requester(s).RouteTables[0].Routes = []Route{{Destination: prefix("10.12.0.0/16"), Target: "vgw-1", State: "active", Origin: "EnableVgwRoutePropagation"}}
		}, []string{"RouteElsewhere requester All"}, "to vgw-1 (active, origin EnableVgwRoutePropagation)"},
		{"a part of the block goes elsewhere", func(s *scene) {
			requester(s).RouteTables[0].Routes = append(requester(s).RouteTables[0].Routes, Route{Destination: prefix("10.12.7.0/24"), Target: "vgw-1", State: "active"})
		}, []string{"RouteElsewhere requester All"}, "10.12.7.0/24, a part of 10.12.0.0/16, to vgw-1"},
		{"a part of the block goes to where a gateway propagates it", func(s *scene) {
			requester(s).RouteTables[0].Routes = append(requester(s).RouteTables[0].Routes, propagated("10.12.7.0/24", "vgw-1"))
		}, []string{"RouteElsewhere requester All"}, "vgw-1 propagates that route: disable route propagation from it in rtb-eu"},
		{"a route to a part of the block carries only that", func(s *scene) {
			requester(s).RouteTables[0].Routes = []Route{{Destination: prefix("10.12.0.0/24"), Target: ourID, State: "active"}}
		}, []string{"RouteMissing requester All"}, "no route to 10.12.0.0/16"},
		{"a blackhole", func(s *scene) { requester(s).RouteTables[0].Routes[0].State = "blackhole" }, []string{"RouteBlackhole requester All"}, "blackhole"},
		{"a prefix list that is empty", func(s *scene) { requester(s).RouteTables[0].Routes = []Route{{PrefixListID: "pl-1", Target: ourID}} },
			[]string{"RouteMissing requester All"}, "Route table rtb-eu (requester) has no route to 10.12.0.0/16."},
		{"a prefix list holds the block, beside a default route", func(s *scene) {
			requester(s).RouteTables[0].Routes = []Route{
				{Destination: prefix("0.0.0.0/0"), Target: "nat-1", State: "active"},
				{PrefixListID: "pl-1", Target: ourID, State: "active", Entries: []netip.Prefix{prefix("10.12.0.0/16")}},
			}
		}, nil, ""},
		{"a prefix list holds another block, beside a default route", func(s *scene) {
			requester(s).RouteTables[0].Routes = []Route{
				{Destination: prefix("0.0.0.0/0"), Target: "nat-1", State: "active"},
				{PrefixListID: "pl-1", Target: ourID, State: "active", Entries: []netip.Prefix{prefix("10.99.0.0/16")}},
			}
		}, []string{"RouteElsewhere requester All"}, "to nat-1 by its route to 0.0.0.0/0"},
		{"the pods' table is not the selected one", func(s *scene) {
			s.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: []string{"rtb-other"}}
			requester(s).RouteTables = append(requester(s).RouteTables, table("rtb-other", "vpc-eu"))
			requester(s).RouteTables[0].Routes = nil
		}, []string{"RouteMissing requester All"}, "rtb-eu"},
		{"the group admits nothing", func(s *scene) { requester(s).Rules = requester(s).Rules[1:] },
			[]string{"SecurityGroupDenies accepter Connections", "SecurityGroupDenies accepter Connections", "PathMTUDiscoveryBlocked requester Big"}, "let no tcp 0-65535 in from 10.12.0.0/16"},
		{"the group lets nothing out", func(s *scene) { requester(s).Rules = requester(s).Rules[:1] },
			[]string{"SecurityGroupDenies requester Connections", "SecurityGroupDenies requester Connections"}, "let no tcp 0-65535 out to 10.12.0.0/16"},
		{"a rule about a prefix list with the block lets it out", func(s *scene) {
			requester(s).Rules[1] = aboutList(requester(s).Rules[1], "192.0.2.0/24", "10.12.0.0/15")
		}, nil, ""},
		{"a rule about a prefix list without the block does not", func(s *scene) {
			requester(s).Rules[1] = aboutList(requester(s).Rules[1], "192.0.2.0/24", "10.13.0.0/16")
		}, []string{"SecurityGroupDenies requester Connections", "SecurityGroupDenies requester Connections"}, "let no tcp 0-65535 out to 10.12.0.0/16"},
		{"another group of the interface lets it out", func(s *scene) {
			s.Networks.Requester = []*v1alpha1.ClusterNetwork{network("subnet-eu", euGroup, "sg-more")}
			requester(s).Groups = append(requester(s).Groups, SecurityGroup{ID: "sg-more", VPC: "vpc-eu"})
			requester(s).Rules[1].GroupID = "sg-more"
		}, nil, ""},
		{"the ACL drops answers: ephemeral ports", func(s *scene) {
			s.onlyHTTPS()
			requester(s).NetworkACLs[0].Entries = entries(allow(90, "6:443-443 10.12.0.0/16 both"), allow(91, "1:3-4 10.12.0.0/16 both"), allow(100, "6:1024-65535 10.12.0.0/16 out"))
		}, []string{"NetworkACLDeniesAnswers accepter Answers"}, "Network ACL acl-sg-eu (requester; subnet-eu) drops tcp 1024-65535 from 10.12.0.0/16 by entry 32767, and with it answers. Allow it in an inbound entry"},
		{"the ACL lets only some clients' answers out", func(s *scene) {
			s.onlyHTTPS()
			requester(s).NetworkACLs[0].Entries = entries(allow(90, "6:443-443 10.12.0.0/16 both"), allow(91, "1:3-4 10.12.0.0/16 both"),
				allow(100, "6:1024-65535 10.12.0.0/16 in"), allow(101, "6:32768-65535 10.12.0.0/16 out"))
		}, []string{"NetworkACLDeniesAnswers requester Answers"}, "drops tcp 1024-32767 to 10.12.0.0/16"},
		{"a narrower entry drops a part first", func(s *scene) {
			s.onlyHTTPS()
			requester(s).NetworkACLs[0].Entries = append(requester(s).NetworkACLs[0].Entries, deny(50, "6:400-500 10.12.128.0/17 in")...)
		}, []string{"NetworkACLDenies accepter Connections"}, "drops tcp 443 from 10.12.128.0/17 by entry 50"},
		{"an entry that comes later decides nothing any more", func(s *scene) {
			requester(s).NetworkACLs[0].Entries = append(requester(s).NetworkACLs[0].Entries, deny(101, "-1 0.0.0.0/0 both")...)
		}, nil, ""},
		{"entries add up", func(s *scene) {
			requester(s).NetworkACLs[0].Entries = entries(allow(1, "6:0-1023 0.0.0.0/0 both"), allow(2, "6:1024-65535 10.12.0.0/17 both"),
				allow(3, "6:1024-65535 10.12.128.0/17 both"), allow(4, "17 0.0.0.0/0 both"), allow(5, "1 0.0.0.0/0 both"))
		}, nil, ""},
		{"only TCP is let through where everything was asked for", func(s *scene) {
			requester(s).NetworkACLs[0].Entries = entries(allow(1, "6 0.0.0.0/0 both"), allow(2, "1 0.0.0.0/0 both"))
		},
			[]string{"NetworkACLDenies requester Connections", "NetworkACLDenies accepter Connections"}, "udp 0-65535"},
		{"only low ports are let through", func(s *scene) {
			requester(s).NetworkACLs[0].Entries = entries(allow(1, "6:0-1023 0.0.0.0/0 both"), allow(2, "17 0.0.0.0/0 both"), allow(3, "1 0.0.0.0/0 both"))
		}, []string{"NetworkACLDenies requester Connections", "NetworkACLDenies accepter Connections"}, "drops tcp 1024-65535 to 10.12.0.0/16"},
		{"ICMP type 3 code 4 is dropped between regions", func(s *scene) {
			requester(s).NetworkACLs[0].Entries = entries(allow(1, "6 0.0.0.0/0 both"), allow(2, "17 0.0.0.0/0 both"), allow(3, "1:8--1 0.0.0.0/0 both"), allow(4, "1:3-4 0.0.0.0/0 out"))
		}, []string{"PathMTUDiscoveryBlocked requester Big"}, "drops icmp type 3 code 4 from 10.12.0.0/16 by entry 32767, and with it full-size packets the other way"},
		{"within a region packets are never too big", func(s *scene) {
			s.sameRegion()
			requester(s).NetworkACLs[0].Entries = entries(allow(1, "6 0.0.0.0/0 both"), allow(2, "17 0.0.0.0/0 both"))
		}, nil, ""},
		{"the ACL of another subnet", func(s *scene) {
			requester(s).NetworkACLs = append(requester(s).NetworkACLs, NetworkACL{ID: "acl-other", Subnets: []string{"subnet-other"}})
		}, nil, ""},
		{"a side without clusters: the subnets whose table leads to the peer", func(s *scene) {
			s.Spec.Requester.ClusterRefs, s.Networks.Requester = nil, nil
			requester(s).NetworkACLs[0].Entries = nil
		}, []string{"NetworkACLDenies requester Connections", "NetworkACLDenies requester Connections", "NetworkACLDenies accepter Connections",
			"NetworkACLDenies accepter Connections", "PathMTUDiscoveryBlocked accepter Big", "PathMTUDiscoveryBlocked requester Big"}, "subnet-eu"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openPath()
			test.edit(s)
			path := CheckPath(s.Request, s.Snapshot)
			var got []string
			for _, finding := range path.Findings {
				got = append(got, fmt.Sprintf("%s %s %s", finding.Reason, finding.From, finding.Lost))
			}
			if !slices.Equal(got, test.want) || len(path.Unknown) > 0 {
				t.Errorf("it finds %q, want %q, and does not know %v:\n%s", got, test.want, path.Unknown, path.Obstacles())
			}
			if !strings.Contains(path.Obstacles(), test.part) {
				t.Errorf("it says %q, want %q", path.Obstacles(), test.part)
			}
		})
	}
}

func TestWhatCouldNotBeReadIsNotCalledClear(t *testing.T) {
	s := openPath()
	s.Snapshot.Accepter.NetworkACLs = nil
	s.Networks.Requester = append(s.Networks.Requester, nil)
	path := CheckPath(s.Request, s.Snapshot)
	want := []string{"where the pods of the requester live", "network ACLs of the accepter"}
	if len(path.Findings) > 0 || !slices.Equal(path.Unknown, want) {
		t.Errorf("it finds %v and does not know %v, want %v", path.Findings, path.Unknown, want)
	}
}

func TestWhatIsSaidOfAClearPathNamesTheLimitBetweenRegions(t *testing.T) {
	s := openPath()
	if said := CheckPath(s.Request, s.Snapshot).Clear(s.Request); !strings.Contains(said, "8500 bytes") {
		t.Error(said)
	}
	s.sameRegion()
	if said := CheckPath(s.Request, s.Snapshot).Clear(s.Request); strings.Contains(said, "8500") {
		t.Error(said)
	}
}

func TestAnswersNeedEveryPortAClientMayHave(t *testing.T) {
	https, high, all := Traffic{trafficTCP, 443, 443}, Traffic{trafficTCP, 2000, lastPort}, Traffic{trafficTCP, 0, lastPort}
	ephemeral := []Traffic{{trafficTCP, 1024, lastPort}}
	for _, test := range []struct{ connections, otherWay, want []Traffic }{
		{[]Traffic{https}, nil, ephemeral},
		{[]Traffic{https, high}, []Traffic{https}, ephemeral},
		{[]Traffic{https}, []Traffic{high}, ephemeral},
		{[]Traffic{https}, []Traffic{all}, nil},
		{nil, nil, nil},
	} {
		if got := answers(test.connections, test.otherWay); !slices.Equal(got, test.want) {
			t.Errorf("answers to %v beside %v are %v, want %v", test.connections, test.otherWay, got, test.want)
		}
	}
}
