package peering

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// adoptionCheck compares what spec.adopt names with what is there. Everything
// that is not ours yet must be just what we would have made: else it would be
// removed the moment it is ours.
type adoptionCheck struct {
	request  Request
	snapshot Snapshot
	found    Found
	findings []Finding
}

// checkAdoption finds everything that can't be adopted. It runs before the first
// tag is written, and again on what was read in the reconciliation that writes it.
func checkAdoption(request Request, snapshot Snapshot) []Finding {
	if request.Spec.Adopt == nil || snapshot.Requester.VPC == nil || snapshot.Accepter.VPC == nil {
		return nil
	}
	check := adoptionCheck{request: request, snapshot: snapshot, found: FindConnection(request, snapshot)}
	check.connection(request.Spec.Adopt.ConnectionID)
	check.owner()
	for _, role := range Roles() {
		check.routes(role)
		check.rules(role)
	}
	return check.findings
}

func (c *adoptionCheck) add(format string, args ...any) {
	c.findings = append(c.findings, Finding{v1alpha1.ReasonAdoption, "spec.adopt." + fmt.Sprintf(format, args...)})
}

// over holds for what was adopted before and is there no more: it was given to
// us, and is missed like anything else of ours. With a lost status, a connection
// of ours says that the adoption took place.
func (c *adoptionCheck) over(thing string) bool {
	return c.request.isRecorded(thing) || c.request.Inventory == nil && c.found.Ours
}

func (c *adoptionCheck) connection(id string) {
	sides, seen := c.request.Sides, furthest(c.snapshot, id)
	switch {
	case id == "" || c.found.Ours && c.found.Connection.ID == id || c.over(id):
	case seen == nil:
		c.add("connectionID: no side sees %s; check the id, and the account and region of both sides", id)
	case !joinedBy(sides, *seen):
		c.add("connectionID: %s joins %s and %s, not %s and %s; name the connection of this pair", id, seen.Requester.VPC, seen.Accepter.VPC, sides.Requester.VPC, sides.Accepter.VPC)
	case !expects(sides, *seen):
		c.add("connectionID: %s joins %s (%s, account %s) and %s (%s, account %s), not %s and %s; correct the sides",
			id, seen.Requester.VPC, seen.Requester.Region, seen.Requester.Account, seen.Accepter.VPC, seen.Accepter.Region, seen.Accepter.Account, sides.Requester, sides.Accepter)
	case seen.State != StateActive:
		c.add("connectionID: %s is %s, and only an active connection can be adopted; have it accepted first, or leave connectionID out", id, seen.State)
	case c.found.Connection != nil && c.found.Connection.ID != id:
		c.add("connectionID: %s already joins the pair; name that one instead of %s", c.found.Connection.ID, id)
	}
}

// owner refuses what another VPCPeering has, of whichever installation.
func (c *adoptionCheck) owner() {
	if c.found.Connection == nil {
		return
	}
	for _, role := range Roles() {
		view := c.snapshot.At(role).connection(c.found.Connection.ID)
		if view != nil && view.Tags[v1alpha1.TagOwner] != "" && !c.request.owns(view.Tags) {
			c.add("connectionID: %s belongs to another VPCPeering (owner tag: %s); delete that object with deletionPolicy: Orphan and remove the tag, or use that one", view.ID, c.request.ownerTag(*view))
			return
		}
	}
}

// target is the connection that adopted routes must lead to.
func (c *adoptionCheck) target() string {
	if c.found.Connection != nil {
		return c.found.Connection.ID
	}
	return c.request.Spec.Adopt.ConnectionID
}

func (c *adoptionCheck) routes(role Role) {
	recorded := recordedRoutes(c.request.inventory(role))
	for i, key := range c.request.namedRoutes(role) {
		if _, ours := recorded[key]; ours || c.request.isRecorded(key.adoptedAs()) {
			continue
		}
		if wrong := c.route(role, key); wrong != "" {
			c.add("%s.routes[%d]: %s", role, i, wrong)
		}
	}
}

// route says why a route can't be adopted; empty: it can.
func (c *adoptionCheck) route(role Role, key RouteKey) string {
	tables, target := c.snapshot.At(role).RouteTables, c.target()
	at := slices.IndexFunc(tables, func(t RouteTable) bool { return t.ID == key.Table })
	if at < 0 {
		return c.unlessOver(key.adoptedAs(), fmt.Sprintf("%s is not a route table of %s; correct the id", key.Table, c.request.Sides.At(role).VPC))
	}
	route := routeTo(tables[at], key.Destination)
	switch {
	case route == nil && listedTo(tables[at], key.Destination) != nil:
		return fmt.Sprintf("%s in %s is routed by a prefix list, and crossvpc makes no such routes; leave it out", key.Destination, key.Table)
	case route == nil:
		return c.unlessOver(key.adoptedAs(), fmt.Sprintf("%s has no route to %s; correct it, or leave it out: crossvpc makes what is missing", key.Table, key.Destination))
	case route.Target != target || target == "":
		return fmt.Sprintf("%s in %s leads to %s, not to %s; leave it out, or correct the route", key.Destination, key.Table, route.Target, orElse(target, "a connection of the pair"))
	case route.Blackhole():
		return fmt.Sprintf("%s in %s is a blackhole; remove the route and leave it out: crossvpc makes it again", key.Destination, key.Table)
	}
	return c.unwanted(role, key)
}

func (c *adoptionCheck) unlessOver(thing, wrong string) string {
	if c.over(thing) {
		return ""
	}
	return wrong
}

// unwanted says why we would not make such a route.
func (c *adoptionCheck) unwanted(role Role, key RouteKey) string {
	blocks, selection := routedBlocks(c.request, c.snapshot, role), SelectTables(c.request, c.snapshot, role)
	switch {
	case c.request.side(role).Routes.Tables == v1alpha1.SelectNone:
		return fmt.Sprintf("with %s.routes.tables: None crossvpc makes no routes; select %s, or leave the route out", role, key.Table)
	case !slices.Contains(blocks, key.Destination):
		return fmt.Sprintf("%s is no block that %s is routed to (%s), so crossvpc would remove the route; leave it out", key.Destination, role, orElse(strings.Join(cidr.Strings(blocks), ", "), "none"))
	case !selection.Incomplete && !slices.ContainsFunc(selection.Items, func(t RouteTable) bool { return t.ID == key.Table }):
		return fmt.Sprintf("%s.routes does not select %s, so crossvpc would remove the route; select the table, or leave the route out", role, key.Table)
	}
	return ""
}

func (c *adoptionCheck) rules(role Role) {
	selection := SelectGroups(c.request, c.snapshot, role)
	for i, id := range c.request.adoption(role).SecurityGroupRuleIDs {
		rule := ruleByID(c.snapshot.At(role).Rules, id)
		if rule != nil && c.request.ownsRule(role, rule.Tags) || rule == nil && (c.over(id) || selection.Incomplete) {
			continue
		}
		if wrong := c.rule(role, rule, id, selection); wrong != "" {
			c.add("%s.securityGroupRuleIDs[%d]: %s", role, i, wrong)
		}
	}
}

// rule says why a rule can't be adopted; empty: it can.
func (c *adoptionCheck) rule(role Role, rule *SecurityGroupRule, id string, selection Selection[SecurityGroup]) string {
	selected := func(id string) bool {
		return slices.ContainsFunc(selection.Items, func(g SecurityGroup) bool { return g.ID == id })
	}
	switch {
	case c.request.side(role).SecurityGroups.Groups == v1alpha1.SelectNone:
		return fmt.Sprintf("with %s.securityGroups.groups: None crossvpc makes no rules; select the group of %s, or leave the rule out", role, id)
	case rule == nil:
		return fmt.Sprintf("%s is not in a security group that %s.securityGroups selects (%s); correct the id, or select its group", id, role, orElse(groupIDs(selection.Items), "none"))
	case rule.Egress:
		return fmt.Sprintf("%s is an egress rule, and crossvpc makes ingress rules only; leave it out", id)
	case rule.Tags[v1alpha1.TagOwner] != "":
		return fmt.Sprintf("%s in %s belongs to another VPCPeering or to another pair of VPCs; leave it out", id, rule.GroupID)
	case !selection.Incomplete && !selected(rule.GroupID):
		return fmt.Sprintf("%s is in %s, which %s.securityGroups does not select, so crossvpc would remove the rule; select the group, or leave the rule out", id, rule.GroupID, role)
	}
	wanted := desiredIngress(c.request.side(role).SecurityGroups.Ingress, peerBlocks(role, c.snapshot))
	if slices.Contains(wanted, rule.key().Ingress) {
		return ""
	}
	return fmt.Sprintf("%s in %s admits %s, and crossvpc would admit %s; leave it out, or set %s.securityGroups.ingress to it", id, rule.GroupID, admitted(*rule), ingressText(wanted), role)
}

func groupIDs(groups []SecurityGroup) string {
	ids := make([]string, 0, len(groups))
	for _, group := range groups {
		ids = append(ids, group.ID)
	}
	return strings.Join(ids, ", ")
}

func admitted(rule SecurityGroupRule) string {
	if rule.Source == (netip.Prefix{}) {
		return "a security group or a prefix list"
	}
	return rule.key().Ingress.String()
}

func ingressText(wanted []Ingress) string {
	texts := make([]string, 0, len(wanted))
	for _, ingress := range wanted {
		texts = append(texts, ingress.String())
	}
	return orElse(message.Clauses(texts), "nothing")
}
