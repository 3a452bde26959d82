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

// checkAdoption finds everything that cannot be adopted. It runs before the first
// tag is written, and again on what was read in the reconciliation that writes it.
func checkAdoption(request Request, snapshot Snapshot) []Finding {
	if request.Spec.Adopt == nil || snapshot.Requester.VPC == nil || snapshot.Accepter.VPC == nil || anyUnread(snapshot) {
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

// over holds for what was adopted before and is gone: it was given to
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
		c.add("connectionID: No side sees %s. Check the id, and the account and region of both sides.", id)
	case !joinedBy(sides, *seen):
		c.add("connectionID: %s joins %s and %s, not %s and %s. Name the connection of this pair.", id, seen.Requester.VPC, seen.Accepter.VPC, sides.Requester.VPC, sides.Accepter.VPC)
	case !expects(sides, *seen):
		c.add("connectionID: %s joins %s (%s, account %s) and %s (%s, account %s), not %s and %s. Correct the sides.",
			id, seen.Requester.VPC, seen.Requester.Region, seen.Requester.Account, seen.Accepter.VPC, seen.Accepter.Region, seen.Accepter.Account, sides.Requester, sides.Accepter)
	case seen.State != StateActive:
		c.add("connectionID: %s is %s, and only an active connection can be adopted. Accept it first, or leave connectionID out.", id, seen.State)
	case c.found.Connection != nil && c.found.Connection.ID != id:
		c.add("connectionID: %s already joins the pair. Name that one instead of %s.", c.found.Connection.ID, id)
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
			c.add("connectionID: %s belongs to another VPCPeering (owner tag: %s). Delete that object with deletionPolicy: Orphan and remove the tag, or use that object.", view.ID, c.request.ownerTag(*view))
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

// route says why a route cannot be adopted; empty: it can.
func (c *adoptionCheck) route(role Role, key RouteKey) string {
	tables, target := c.snapshot.At(role).RouteTables, c.target()
	at := slices.IndexFunc(tables, func(t RouteTable) bool { return t.ID == key.Table })
	if at < 0 {
		return c.unlessOver(key.adoptedAs(), fmt.Sprintf("%s is not a route table of %s. Correct the id.", key.Table, c.request.Sides.At(role).VPC))
	}
	route := routeTo(tables[at], key.Destination)
	switch {
	case route == nil && listedTo(tables[at], key.Destination) != nil:
		return fmt.Sprintf("The route to %s in %s goes by a prefix list, and crossvpc makes no such routes. Leave it out.", key.Destination, key.Table)
	case route == nil:
		return c.unlessOver(key.adoptedAs(), fmt.Sprintf("%s has no route to %s. Correct it, or leave it out: crossvpc makes what is missing.", key.Table, key.Destination))
	case route.Target != target || target == "":
		return fmt.Sprintf("The route to %s in %s leads to %s, not to %s. Leave it out, or correct the route.", key.Destination, key.Table, route.Target, orElse(target, "a connection of the pair"))
	case route.Blackhole():
		return fmt.Sprintf("The route to %s in %s is a blackhole. Remove the route and leave it out: crossvpc makes it again.", key.Destination, key.Table)
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
	blocks, selection := c.request.Reached(c.snapshot, role), SelectTables(c.request, c.snapshot, role)
	switch {
	case c.request.side(role).Routes.Tables == v1alpha1.SelectNone:
		return fmt.Sprintf("With %s.routes.tables: None crossvpc makes no routes. Select %s, or leave the route out.", role, key.Table)
	case !slices.Contains(blocks, key.Destination):
		return fmt.Sprintf("The %[2]s routes to %[3]s and not to %[1]s, so crossvpc would remove the route. Leave it out.", key.Destination, role, orElse(strings.Join(cidr.Strings(blocks), ", "), "no block"))
	case !selection.Incomplete && !slices.ContainsFunc(selection.Items, func(t RouteTable) bool { return t.ID == key.Table }):
		return fmt.Sprintf("%s.routes does not select %s, so crossvpc would remove the route. Select the table, or leave the route out.", role, key.Table)
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

// rule says why a rule cannot be adopted; empty: it can.
func (c *adoptionCheck) rule(role Role, rule *SecurityGroupRule, id string, selection Selection[SecurityGroup]) string {
	selected := func(id string) bool {
		return slices.ContainsFunc(selection.Items, func(g SecurityGroup) bool { return g.ID == id })
	}
	switch {
	case c.request.side(role).SecurityGroups.Groups == v1alpha1.SelectNone:
		return fmt.Sprintf("With %s.securityGroups.groups: None crossvpc makes no rules. Select the group of %s, or leave the rule out.", role, id)
	case rule == nil:
		return fmt.Sprintf("%s is not in a security group that %s.securityGroups selects (%s). Correct the id, or select its group.", id, role, orElse(groupIDs(selection.Items), "none"))
	case rule.Egress && c.request.side(role).SecurityGroups.Egress != v1alpha1.EgressAllow:
		return fmt.Sprintf("%s is an egress rule, and crossvpc makes those only with %s.securityGroups.egress: Allow. Leave it out, or set that.", id, role)
	case rule.Tags[v1alpha1.TagOwner] != "":
		return fmt.Sprintf("%s in %s belongs to another VPCPeering or to another pair of VPCs. Leave it out.", id, rule.GroupID)
	case !selection.Incomplete && !selected(rule.GroupID):
		return fmt.Sprintf("%s is in %s, which %s.securityGroups does not select, so crossvpc would remove the rule. Select the group, or leave the rule out.", id, rule.GroupID, role)
	}
	of := role
	if rule.Egress {
		of = role.Other() // what that side admits
	}
	wanted := desiredIngress(c.request.side(of).SecurityGroups.Ingress, c.request.Reached(c.snapshot, role))
	if slices.Contains(wanted, rule.key().Ingress) {
		return ""
	}
	if rule.Egress {
		return fmt.Sprintf("%s in %s lets out %s, and crossvpc would let out what %s.securityGroups.ingress admits. Leave it out, or correct that.", id, rule.GroupID, admitted(*rule), of)
	}
	return fmt.Sprintf("%s in %s admits %s, and crossvpc would admit %s. Leave it out, or set %s.securityGroups.ingress to what it admits.", id, rule.GroupID, admitted(*rule), ingressText(wanted), role)
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
	return rule.key().Ingress.text(rule.Egress)
}

func ingressText(wanted []Ingress) string {
	texts := make([]string, 0, len(wanted))
	for _, ingress := range wanted {
		texts = append(texts, ingress.String())
	}
	return orElse(message.Clauses(texts), "nothing")
}
