package peering

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Unread is what could not be read of a side: a role is gone, or one read is denied.
// Nothing is planned about it, nothing is found missing there, and what works on the
// other side does not wait for it.
type Unread struct {
	VPC, Connections, RouteTables bool
	// Groups are the groups or their rules, StrayGroups what only the VPC's owner may see of them.
	Groups, StrayGroups bool
}

// Any reports whether anything of the side could not be read.
func (u Unread) Any() bool { return u != Unread{} }

// anyUnread reports whether anything of either side could not be read.
func anyUnread(snapshot Snapshot) bool {
	return snapshot.Requester.Unread.Any() || snapshot.Accepter.Unread.Any()
}

// StandIn fills what could not be read with what the other side shows of it, so that the
// other side can be planned: an active connection shows the blocks of both its VPCs, and
// connections are as the other side sees them. Nothing is taken from status, which others
// may have written.
func StandIn(request Request, snapshot Snapshot) Snapshot {
	for _, role := range Roles() {
		if side := snapshot.At(role); side.Unread.Connections {
			side.Connections = snapshot.At(role.Other()).Connections
		}
	}
	connection := FindConnection(request, snapshot).Connection
	for _, role := range Roles() {
		side := snapshot.At(role)
		if !side.Unread.VPC || side.VPC != nil || connection == nil || connection.State != StateActive {
			continue
		}
		end := Pick(endOf(request, snapshot, role, connection.ID), connection.Requester, connection.Accepter)
		if len(end.Blocks) == 0 {
			continue
		}
		vpc := VPC{ID: end.VPC, OwnerID: end.Account, Primary: end.Blocks[0]}
		for _, block := range end.Blocks {
			vpc.Blocks = append(vpc.Blocks, Block{Prefix: block, State: "associated"})
		}
		side.VPC = &vpc
	}
	return snapshot
}

// unreadSides are those of which a part could not be read: "the accepter".
func unreadSides(plans Pair[bool]) string {
	var sides []string
	for _, role := range Roles() {
		if *plans.At(role) {
			sides = append(sides, "the "+string(role))
		}
	}
	return strings.Join(sides, " and ")
}

// notRead is the verdict of a step that saw all it could in place, and could not look
// everywhere.
func notRead(what string, sides Pair[bool], seen string) (verdict.Verdict, bool) {
	unread := unreadSides(sides)
	if unread == "" {
		return verdict.Verdict{}, false
	}
	return verdict.Newf(verdict.Unclear, v1alpha1.ReasonSideUnread, "%s of %s could not be read and are left as they are. %s", what, unread, message.Sentence(seen)), true
}

// LeftUnread names what the record has of a side that can't be read: nobody can say
// whether it is still there.
func LeftUnread(request Request, snapshot Snapshot) []string {
	var left []string
	for _, role := range Roles() {
		side, made := snapshot.At(role), request.inventory(role)
		if request.Inventory == nil && (side.Unread.RouteTables || side.Unread.Groups) {
			left = append(left, fmt.Sprintf("whatever was made in %s (%s): status was lost", request.Sides.At(role).VPC, role))
		}
		if side.Unread.RouteTables {
			for _, key := range sortedKeys(recordedRoutes(made)) {
				left = append(left, fmt.Sprintf("the route to %s in %s (%s) to %s", key.Destination, key.Table, role, known(request.ConnectionID)))
			}
		}
		if side.Unread.Groups {
			for _, rule := range made.SecurityGroupRules {
				left = append(left, fmt.Sprintf("the rule %s in %s (%s), which %s %s", orElse(rule.RuleID, "without a known id"), rule.SecurityGroupID, role, letsOrAdmits(rule.Egress), keyOf(rule).text(rule.Egress)))
			}
		}
	}
	if snapshot.Requester.Unread.Connections && snapshot.Accepter.Unread.Connections && request.ConnectionID != "" {
		left = append(left, request.ConnectionID)
	}
	return left
}

func letsOrAdmits(egress bool) string {
	if egress {
		return "lets out"
	}
	return "admits"
}

// unclear is the plan of a connection that one side can't look at: what the other one
// sees is said, and nothing is done that would need both.
func (p ConnectionPlan) unclear(snapshot Snapshot) ConnectionPlan {
	sides := Pair[bool]{Requester: snapshot.Requester.Unread.Connections, Accepter: snapshot.Accepter.Unread.Connections}
	p.Actions = nil
	p.Tagging = slices.DeleteFunc(slices.Clone(p.Tagging), func(action Action) bool { return *sides.At(action.Role()) })
	switch p.Progress {
	case verdict.Done, verdict.Act, verdict.Wait:
		p.Verdict = verdict.Newf(verdict.Unclear, v1alpha1.ReasonSideUnread, "Connections of %s could not be read. As the other side sees it: %s", unreadSides(sides), p.Message)
	}
	return p
}
