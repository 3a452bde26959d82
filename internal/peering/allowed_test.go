package peering

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// onlyTagged lets groups and tables be changed that carry peering=yes, on the accepter's side.
func onlyTagged(s *scene) {
	tags := map[string]v1alpha1.TagValue{"peering": "yes"}
	s.Allowed.Accepter = Allowed{Identity: "payments", GroupTags: tags, TableTags: tags}
}

// TestNothingOpensWhatTheIdentityDoesNotAllow: whoever was admitted to an identity could open the group of a database of the
// VPC to all traffic, with routes in all tables.
func TestNothingOpensWhatTheIdentityDoesNotAllow(t *testing.T) {
	tagged := map[string]string{"peering": "yes", "Name": "nodes"}
	database := func(s *scene) {
		s.side(Accepter).Groups = append(s.side(Accepter).Groups, SecurityGroup{ID: "sg-db", Name: "payments-db", VPC: "vpc-us", Tags: map[string]string{"peering": "no"}})
	}
	for name, test := range map[string]struct {
		prepare func(*scene)
		want    []string
	}{
		"no tags are demanded": {func(*scene) {}, nil},
		"a group and a table that carry them": {func(s *scene) {
			onlyTagged(s)
			s.side(Accepter).Groups[0].Tags, s.side(Accepter).RouteTables[0].Tags = tagged, tagged
		}, nil},
		"a database by id, and all tables": {func(s *scene) {
			onlyTagged(s)
			database(s)
			s.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-db"}}
			s.Spec.Accepter.Routes.Tables = v1alpha1.SelectAll
			s.side(Accepter).RouteTables = append(s.side(Accepter).RouteTables, RouteTable{ID: "rtb-ok", VPC: "vpc-us", Tags: tagged})
		}, []string{
			"SecurityGroupNotAllowed: AWSIdentity payments (accepter) lets only security groups be changed that carry peering=yes (spec.allowedSecurityGroupTags), and sg-db (payments-db) does not. Select others in spec.accepter.securityGroups, or let their owner tag them.",
			"RouteTableNotAllowed: AWSIdentity payments (accepter) lets only route tables be changed that carry peering=yes (spec.allowedRouteTableTags), and rtb-us does not. Select others in spec.accepter.routes, or let their owner tag them.",
		}},
		"what the clusters' pods need": {onlyTagged, []string{
			"SecurityGroupNotAllowed: AWSIdentity payments (accepter) lets only security groups be changed that carry peering=yes (spec.allowedSecurityGroupTags), and sg-us () does not. ",
			"RouteTableNotAllowed: AWSIdentity payments (accepter) lets only route tables be changed that carry peering=yes (spec.allowedRouteTableTags), and rtb-us does not. ",
		}},
		"what somebody else fills": {func(s *scene) {
			onlyTagged(s)
			s.Spec.Accepter.SecurityGroups.Groups, s.Spec.Accepter.Routes.Tables = v1alpha1.SelectNone, v1alpha1.SelectNone
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.prepare(s)
			var got []string
			for _, finding := range Preflight(s.Request, s.Snapshot) {
				got = append(got, finding.Reason+": "+finding.Message)
			}
			if len(got) != len(test.want) {
				t.Fatalf("%d findings, want %d: %q", len(got), len(test.want), got)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

func TestOfTwoGroupsThatWouldDoTheAllowedOneIsOpened(t *testing.T) {
	s := newScene()
	onlyTagged(s)
	s.Networks.Accepter = []*v1alpha1.ClusterNetwork{network("subnet-us", usGroup, "sg-zz")}
	s.side(Accepter).Groups = append(s.side(Accepter).Groups, SecurityGroup{ID: "sg-zz", VPC: "vpc-us", Tags: map[string]string{"peering": "yes"}})
	if items := SelectGroups(s.Request, s.Snapshot, Accepter).Items; len(items) != 1 || items[0].ID != "sg-zz" {
		t.Errorf("selected are %+v", items)
	}
}
