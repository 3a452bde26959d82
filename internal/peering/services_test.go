package peering

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func prefixList(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, prefix(text))
	}
	return list
}

func TestA7ABlockOfThePeerWithinTheServicesOfAClusterIsFoundBeforeTheFirstWrite(t *testing.T) {
	const requesters, accepters = "Block 10.12.0.0/16 of vpc-us overlaps 10.12.0.0/20, the Services of PeeredCluster eu", "Block 10.11.0.0/16 of vpc-eu overlaps 10.11.0.1/32, the Services of PeeredCluster us"
	taken := func(s *scene) {
		s.Request.Services.Requester = []Services{{Cluster: "eu", Ranges: prefixList("10.12.0.0/20")}}
	}
	for name, c := range map[string]struct {
		prepare []func(*scene)
		want    []string
	}{
		"a range elsewhere": {prepare: []func(*scene){func(s *scene) {
			s.Request.Services.Requester = []Services{{Cluster: "eu", Ranges: prefixList("172.20.0.0/16")}}
		}}},
		"the requester's range within a block of the accepter": {prepare: []func(*scene){taken}, want: []string{requesters}},
		"an address of the accepter's Services, where no more is known": {prepare: []func(*scene){func(s *scene) {
			s.Request.Services.Accepter = []Services{{Cluster: "us", Ranges: prefixList("10.11.0.1/32")}}
		}}, want: []string{accepters}},
		"a block within the range": {prepare: []func(*scene){func(s *scene) {
			s.Request.Services.Requester = []Services{{Cluster: "eu", Ranges: prefixList("10.0.0.0/8")}}
		}}, want: []string{"Block 10.12.0.0/16 of vpc-us overlaps 10.0.0.0/8"}},
		"the own VPC's block is no peer's": {prepare: []func(*scene){func(s *scene) {
			s.Request.Services.Requester = []Services{{Cluster: "eu", Ranges: prefixList("10.11.0.0/20")}}
		}}},
		"of two clusters and ranges one": {prepare: []func(*scene){func(s *scene) {
			s.Request.Services.Requester = []Services{{Cluster: "a", Ranges: prefixList("172.20.0.0/16")}, {Cluster: "eu", Ranges: prefixList("172.20.0.0/16", "10.12.0.0/20")}}
		}}, want: []string{requesters}},
		"acknowledged": {prepare: []func(*scene){taken, func(s *scene) {
			s.Request.Services.Requester[0].Acknowledged = prefixList("10.12.0.0/20")
		}}},
		"acknowledged in part": {prepare: []func(*scene){taken, func(s *scene) {
			s.Request.Services.Requester[0].Acknowledged = prefixList("10.12.0.0/24")
		}}, want: []string{requesters}},
		"a block that is not routed to":   {prepare: []func(*scene){taken, func(s *scene) { s.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.12.0.0/16"} }}},
		"a peering that has a connection": {prepare: []func(*scene){taken, func(s *scene) { s.ConnectionID = ourID }}},
		"a peering that has routes": {prepare: []func(*scene){taken, func(s *scene) {
			s.Inventory.Accepter.Routes = []v1alpha1.InventoryRoutes{{RouteTableID: "rtb-us"}}
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			for _, prepare := range c.prepare {
				prepare(s)
			}
			findings := Preflight(s.Request, s.Snapshot)
			if len(findings) != len(c.want) {
				t.Fatalf("findings %v, want %v", findings, c.want)
			}
			for i, want := range c.want {
				if findings[i].Reason != v1alpha1.ReasonServiceRangeOverlap || !strings.HasPrefix(findings[i].Message, want) {
					t.Errorf("%s: %s", findings[i].Reason, findings[i].Message)
				}
			}
		})
	}
}
