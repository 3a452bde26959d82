package peering

import (
	"maps"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

const (
	owner     = "inst/network/eu-us"
	ourID     = "pcx-ours"
	foreignID = "pcx-foreign"
	euGroup   = "sg-eu"
	usGroup   = "sg-us"
)

var (
	eu = Side{Role: Requester, Account: "111111111111", Region: "eu-west-1", VPC: "vpc-eu", Identity: "eu"}
	us = Side{Role: Accepter, Account: "222222222222", Region: "us-east-1", VPC: "vpc-us", Identity: "us"}
)

// scene is two VPCs with a cluster each, and one table and one group a side.
type scene struct {
	Request
	Snapshot
}

// newScene is the smallest peering before anything was made.
func newScene() *scene {
	s := &scene{
		Request: Request{
			Sides: Sides{Requester: eu, Accepter: us},
			Owner: owner,
			Tags:  map[string]string{v1alpha1.TagOwner: owner},
			Networks: Pair[[]*v1alpha1.ClusterNetwork]{
				Requester: []*v1alpha1.ClusterNetwork{network("subnet-eu", euGroup)},
				Accepter:  []*v1alpha1.ClusterNetwork{network("subnet-us", usGroup)},
			},
			Inventory:     &v1alpha1.Inventory{},
			StillAdmitted: true,
		},
		Snapshot: Snapshot{
			Requester: SideSnapshot{
				VPC:         vpc("vpc-eu", "10.11.0.0/16"),
				RouteTables: []RouteTable{table("rtb-eu", "vpc-eu", "subnet-eu")},
				Groups:      []SecurityGroup{{ID: euGroup, VPC: "vpc-eu"}},
			},
			Accepter: SideSnapshot{
				VPC:         vpc("vpc-us", "10.12.0.0/16"),
				RouteTables: []RouteTable{table("rtb-us", "vpc-us", "subnet-us")},
				Groups:      []SecurityGroup{{ID: usGroup, VPC: "vpc-us"}},
			},
		},
	}
	s.Spec.Requester = v1alpha1.VPCPeeringSide{ClusterRefs: []v1alpha1.LocalName{{Name: "eu"}}}
	s.Spec.Accepter = v1alpha1.VPCPeeringSide{ClusterRefs: []v1alpha1.LocalName{{Name: "us"}}}
	return s
}

// connected is a scene whose connection of ours is active on both sides.
func connected() *scene {
	s := newScene()
	s.see(ours(StateActive), Requester, Accepter)
	s.ConnectionID = ourID
	return s
}

func network(subnet string, groups ...string) *v1alpha1.ClusterNetwork {
	return &v1alpha1.ClusterNetwork{SubnetIDs: []string{subnet}, InterfaceGroups: []v1alpha1.InterfaceGroups{{SecurityGroupIDs: groups}}}
}

func prefix(text string) netip.Prefix { return netip.MustParsePrefix(text) }

// vpc has these blocks; "disassociating 10.1.0.0/16" is one in that state.
func vpc(id string, blocks ...string) *VPC {
	v := &VPC{ID: id}
	for _, text := range blocks {
		state, block, ok := strings.Cut(text, " ")
		if !ok {
			state, block = "associated", text
		}
		v.Blocks = append(v.Blocks, Block{Prefix: prefix(block), State: state})
	}
	v.Primary = v.Blocks[0].Prefix
	return v
}

func table(id, vpc string, subnets ...string) RouteTable {
	return RouteTable{ID: id, VPC: vpc, Subnets: subnets}
}

func route(destination, target string) Route {
	return Route{Destination: prefix(destination), Target: target, State: "active", Origin: "CreateRoute"}
}

func blackhole(destination, target string) Route {
	r := route(destination, target)
	r.State = "blackhole"
	return r
}

func propagated(destination, target string) Route {
	r := route(destination, target)
	r.Origin = "EnableVgwRoutePropagation"
	return r
}

// between is a connection that one side asked the other for.
func between(id string, state ConnectionState, asking, asked Side) Connection {
	return Connection{
		ID: id, State: state,
		Requester: ConnectionEnd{Account: asking.Account, Region: asking.Region, VPC: asking.VPC},
		Accepter:  ConnectionEnd{Account: asked.Account, Region: asked.Region, VPC: asked.VPC},
	}
}

// ours carries the owner tag in both views.
func ours(state ConnectionState) Connection {
	return tagged(between(ourID, state, eu, us))
}

func tagged(connection Connection) Connection {
	connection.Tags = map[string]string{v1alpha1.TagOwner: owner}
	return connection
}

func untagged(connection Connection) Connection {
	connection.Tags = nil
	return connection
}

// side of the snapshot, to change.
func (s *scene) side(role Role) *SideSnapshot { return s.Snapshot.At(role) }

func (s *scene) see(connection Connection, roles ...Role) {
	for _, role := range roles {
		connection.Tags = maps.Clone(connection.Tags)
		s.side(role).Connections = append(s.side(role).Connections, connection)
	}
}

// routes adds routes to a table.
func (s *scene) routes(table string, routes ...Route) {
	for _, role := range Roles() {
		for i := range s.side(role).RouteTables {
			if t := &s.side(role).RouteTables[i]; t.ID == table {
				t.Routes = append(t.Routes, routes...)
			}
		}
	}
}

// made records routes of the requester as ours: "rtb-eu 10.12.0.0/16".
func (s *scene) made(state v1alpha1.InventoryState, keys ...string) {
	for _, key := range keys {
		table, destination, _ := strings.Cut(key, " ")
		s.Inventory.Requester.Routes = append(s.Inventory.Requester.Routes, v1alpha1.InventoryRoutes{
			RouteTableID: table, Destinations: []string{destination}, State: state,
		})
	}
}

// record writes rules of the requester down as ours.
func (s *scene) record(entries ...v1alpha1.InventoryRule) {
	s.Inventory.Requester.SecurityGroupRules = append(s.Inventory.Requester.SecurityGroupRules, entries...)
}

// lines says actions as text, which is what most tests compare.
func lines(actions []Action) []string {
	said := make([]string, 0, len(actions))
	for _, action := range actions {
		said = append(said, action.String())
	}
	return said
}

// keys says "rtb-eu 10.12.0.0/16".
func keys(routes []RouteKey) []string {
	said := make([]string, 0, len(routes))
	for _, key := range routes {
		said = append(said, key.Table+" "+key.Destination.String())
	}
	return said
}

// records says "rtb-eu 10.12.0.0/16 Created".
func records(entries []v1alpha1.InventoryRoutes) []string {
	var said []string
	for _, entry := range entries {
		for _, destination := range entry.Destinations {
			said = append(said, entry.RouteTableID+" "+destination+" "+string(entry.State))
		}
	}
	return said
}

func expectLines(t *testing.T, what string, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// expectVerdict compares progress and reason, and looks for texts in the message.
func expectVerdict(t *testing.T, got verdict.Verdict, progress verdict.Progress, reason string, texts ...string) {
	t.Helper()
	if got.Progress != progress || got.Reason != reason {
		t.Errorf("verdict is %s/%s (%s), want %s/%s", got.Progress, got.Reason, got.Message, progress, reason)
	}
	for _, text := range texts {
		if !strings.Contains(got.Message, text) {
			t.Errorf("message lacks %q: %s", text, got.Message)
		}
	}
	expectSentence(t, got.Message)
}

// expectSentence is what every message of a condition must be.
// sentences begin with a capital letter, or with the name of a field or of crossvpc, and end in a full stop.
var sentences = regexp.MustCompile(`^([A-Z0-9]|spec\.|crossvpc).*[^.;,: ]\.$`)

func expectSentence(t *testing.T, message string) {
	t.Helper()
	switch {
	case message == "":
		t.Error("there is no message")
	case !sentences.MatchString(message), strings.Contains(message, "%!"), strings.Contains(message, "  "), strings.Contains(message, ".."):
		t.Errorf("message is no clean sentences: %q", message)
	}
}
