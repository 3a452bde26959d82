package peering

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Lost says which packets a finding on the path costs.
type Lost string

const (
	// LosesAll is every packet of the direction.
	LosesAll Lost = "All"
	// LosesConnections are those that open connections, and what goes on in them.
	LosesConnections Lost = "Connections"
	// LosesAnswers are the answers to connections from the other side.
	LosesAnswers Lost = "Answers"
	// LosesBig are full-size packets, once the message that says so is dropped.
	LosesBig Lost = "Big"
)

// PathFinding is something in the way of packets from one side to the other.
type PathFinding struct {
	Finding
	// From is the side whose packets are lost.
	From Role
	Lost Lost
}

// Path is what a reading of routes, groups and network ACLs says.
type Path struct {
	Findings []PathFinding
	// Unknown says what could not be read; without it the path is not called clear.
	Unknown []string
	// Groupless are the sides of which no group was looked at, since nothing says which its hosts have.
	Groupless []Role
}

// CheckPath follows the packets of both directions, there and back, through what
// was observed. It is information: the steps judge what crossvpc makes, this
// judges what pods would meet, whoever made it.
func CheckPath(request Request, snapshot Snapshot) Path {
	check := pathCheck{request: request, snapshot: snapshot}
	for _, role := range Roles() {
		if slices.Contains(*request.Networks.At(role), nil) {
			check.unknown("where the pods of the %s live", role)
		}
	}
	connection := FindConnection(request, snapshot).Connection
	if connection == nil || connection.State != StateActive {
		check.notActive(connection)
		return check.path
	}
	check.connection = connection.ID
	for _, role := range Roles() {
		check.routes(role)
	}
	for _, role := range Roles() {
		check.groups(role)
	}
	for _, role := range Roles() {
		check.acls(role)
	}
	return check.path
}

type pathCheck struct {
	request    Request
	snapshot   Snapshot
	connection string
	path       Path
}

func (c *pathCheck) find(from Role, lost Lost, reason, format string, args ...any) {
	c.path.Findings = append(c.path.Findings, PathFinding{Finding{reason, fmt.Sprintf(format, args...)}, from, lost})
}

// unknown notes once what could not be read.
func (c *pathCheck) unknown(format string, args ...any) {
	if said := fmt.Sprintf(format, args...); !slices.Contains(c.path.Unknown, said) {
		c.path.Unknown = append(c.path.Unknown, said)
	}
}

func (c *pathCheck) notActive(connection *Connection) {
	said := "There is no live peering connection"
	if connection != nil {
		said = fmt.Sprintf("Connection %s is %s", connection.ID, connection.State)
	}
	for _, role := range Roles() {
		c.find(role, LosesAll, v1alpha1.FindingConnectionNotActive, "%s, so no packet of the %s gets through. See the condition PeeringActive.", said, role)
	}
}

// peers are the blocks that a side's packets go to, less those it shall not reach.
func (c *pathCheck) peers(role Role) []netip.Prefix {
	return c.request.Reached(c.snapshot, role)
}

// subnets, in no order and some twice, are where packets of a side come from: the clusters' subnets, or, without
// clusters, those whose table leads to the peer.
func (c *pathCheck) subnets(role Role) []string {
	subnets := clusterSubnets(c.request, c.snapshot, role)
	if len(c.request.side(role).ClusterRefs) == 0 {
		selected := SelectTables(c.request, c.snapshot, role).Items
		side := c.snapshot.At(role)
		for _, acl := range side.NetworkACLs {
			for _, subnet := range acl.Subnets {
				table := tableOf(subnet, side.RouteTables)
				if slices.ContainsFunc(selected, func(t RouteTable) bool { return t.ID == table }) {
					subnets = append(subnets, subnet)
				}
			}
		}
	}
	return subnets
}

// Clear says that nothing is in the way, and what else is worth knowing.
func (p Path) Clear(request Request) string {
	said := []string{"Routes, groups and network ACLs are open both ways."}
	for _, role := range p.Groupless {
		said = append(said, fmt.Sprintf("Of the %s no group was looked at, since it has no clusters and spec.%s.securityGroups selects none.", role, role))
	}
	if request.CrossesRegions() {
		said = append(said, "Between regions a packet carries at most 8500 bytes, and the messages of path MTU discovery get through.")
	}
	return strings.Join(said, " ")
}

// Obstacles says what is in the way.
func (p Path) Obstacles() string {
	var said []string
	for _, finding := range p.Findings {
		said = append(said, finding.Message)
	}
	return message.Sentences(said)
}

// UnknownText says what could not be read.
func (p Path) UnknownText() string {
	return "Cannot determine whether the path is clear, because this could not be read: " + message.Clause(strings.Join(p.Unknown, "; ")) + "."
}
