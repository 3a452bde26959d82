package peering

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// What AWS answers to a write is worth a read: an answer without an error says that the route or rule is made, or gone, while
// a read right after it may not show that yet (EC2 developer guide, "Eventual consistency"). So nothing is read again only to
// see what was answered; the next sweep reads it all, and until then the record says Pending.

// Answered is a side after an action of its own that AWS carried out; ruleIDs are those that AWS gave
// to new rules. False: the answer leaves open what there is now, and only a read tells.
func (s SideSnapshot) Answered(action Action, ruleIDs map[Ingress]string) (SideSnapshot, bool) {
	switch a := action.(type) {
	case CreateRoute:
		return s.withRoutes(a.RouteTableID, func(routes []Route) []Route {
			return append(routes, Route{Destination: a.Destination, Target: a.ConnectionID, State: "active", Origin: "CreateRoute", Answered: true})
		})
	case DeleteRoute:
		return s.withRoutes(a.RouteTableID, func(routes []Route) []Route { return withoutDestination(routes, a.Destination) })
	case AuthorizeRules:
		return s.withRules(a, ruleIDs)
	case RevokeRules:
		s.Rules = slices.DeleteFunc(slices.Clone(s.Rules), func(rule SecurityGroupRule) bool { return slices.Contains(a.RuleIDs, rule.ID) })
		return s, true
	default:
		return s, false
	}
}

func withoutDestination(routes []Route, destination netip.Prefix) []Route {
	return slices.DeleteFunc(routes, func(route Route) bool { return route.PrefixListID == "" && route.Destination == destination })
}

// withRoutes changes a copy of a table: what was read is shared with others.
func (s SideSnapshot) withRoutes(table string, change func([]Route) []Route) (SideSnapshot, bool) {
	at := slices.IndexFunc(s.RouteTables, func(t RouteTable) bool { return t.ID == table })
	if at < 0 {
		return s, false
	}
	s.RouteTables = slices.Clone(s.RouteTables)
	s.RouteTables[at].Routes = change(slices.Clone(s.RouteTables[at].Routes))
	return s, true
}

// withRules needs the id of every rule: by their ids they are withdrawn.
func (s SideSnapshot) withRules(made AuthorizeRules, ids map[Ingress]string) (SideSnapshot, bool) {
	rules := slices.Clone(s.Rules)
	for _, ingress := range made.Rules {
		id := ids[ingress]
		if id == "" {
			return s, false
		}
		rules = append(rules, SecurityGroupRule{
			ID: id, GroupID: made.GroupID, Egress: made.Egress, Source: ingress.Source, Protocol: ingress.Protocol,
			FromPort: ingress.FromPort, ToPort: ingress.ToPort, Tags: made.Tags, Answered: true,
		})
	}
	s.Rules = rules
	return s, true
}

// AnsweredBefore reports whether the record of an earlier reconciliation, in which AWS answered all that was asked for, has what
// an action makes as not confirmed yet; with the ids of rules.
func AnsweredBefore(made *v1alpha1.Inventory, action Action) (ids map[Ingress]string, known bool) {
	return recordedAs(v1alpha1.InventoryPending, made, action)
}

// WasSeen reports whether a read showed what an action makes, as the record says.
func WasSeen(made *v1alpha1.Inventory, action Action) bool {
	_, seen := recordedAs(v1alpha1.InventoryCreated, made, action)
	return seen
}

// recordedAs reports whether the record has all that an action makes in one state; with the ids of rules.
func recordedAs(state v1alpha1.InventoryState, made *v1alpha1.Inventory, action Action) (ids map[Ingress]string, all bool) {
	if made == nil {
		return nil, false
	}
	side := Pick(action.Role(), made.Requester, made.Accepter)
	switch a := action.(type) {
	case CreateRoute:
		return nil, recordedRoutes(side)[RouteKey{a.RouteTableID, a.Destination}] == state
	case AuthorizeRules:
		ids = map[Ingress]string{}
		for _, entry := range side.SecurityGroupRules {
			if key := keyOf(entry); key.Group == a.GroupID && key.Egress == a.Egress && entry.State == state {
				ids[key.Ingress] = entry.RuleID
			}
		}
		return ids, !slices.ContainsFunc(a.Rules, func(rule Ingress) bool { return ids[rule] == "" })
	default:
		return nil, false
	}
}

// WithConnection is the snapshot with what was found of one connection instead of what it says of it; nothing: the side does not
// show it.
func (s SideSnapshot) WithConnection(id string, found []Connection) SideSnapshot {
	others := slices.DeleteFunc(slices.Clone(s.Connections), func(c Connection) bool { return c.ID == id })
	s.Connections = append(others, found...)
	return s
}
