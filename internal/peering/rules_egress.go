package peering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// desiredEgress is what a group of a side must let out to the peer, where the spec wants that: what the other side's
// ingress admits, unless a lasting rule of the group lets it out. A rule for just that is wanted, whoever made it.
func desiredEgress(request Request, snapshot Snapshot, role Role, group string) []Ingress {
	if request.side(role).SecurityGroups.Egress != v1alpha1.EgressAllow {
		return nil
	}
	var wanted []Ingress
	for _, out := range desiredIngress(request.side(role.Other()).SecurityGroups.Ingress, request.Reached(snapshot, role)) {
		if findRule(snapshot.At(role).Rules, RuleKey{group, out, true}) != nil || !request.letsOut(role, snapshot.At(role).Rules, group, out) {
			wanted = append(wanted, out)
		}
	}
	return wanted
}

// letsOut reports whether one lasting rule of the group lets all of it out, as the rule does that EC2 gives each new group.
func (r Request) letsOut(role Role, rules []SecurityGroupRule, group string, wanted Ingress) bool {
	for _, rule := range rules {
		if rule.GroupID == group && rule.Egress && rule.covers(wanted) && r.lasts(role, rule) {
			return true
		}
	}
	return false
}

// lasts is false for a rule that crossvpc itself may remove: a wider one of ours is revoked once nobody wants it, and one
// of another VPCPeering goes with that one. To rely on it would cut traffic off then. Where somebody else makes the
// rules (groups: None), ours are not removed.
func (r Request) lasts(role Role, rule SecurityGroupRule) bool {
	_, ours := r.ruleRecord(role, rule)
	observed := r.side(role).SecurityGroups.Groups == v1alpha1.SelectNone
	return observed || !ours && !r.isShared(rule.Tags)
}

// covers reports whether a rule is about all that is wanted. Of ICMP the ports are type and code: -1 is all of them.
func (r SecurityGroupRule) covers(wanted Ingress) bool {
	switch {
	case !r.Source.IsValid() || r.Source.Bits() > wanted.Source.Bits() || !r.Source.Contains(wanted.Source.Addr()):
		return false
	case r.Protocol == "-1":
		return true
	case r.Protocol != wanted.Protocol:
		return false
	case wanted.icmp():
		return r.FromPort == -1 || r.FromPort == wanted.FromPort && (r.ToPort == -1 || r.ToPort == wanted.ToPort)
	default:
		return r.FromPort == -1 || r.FromPort <= wanted.FromPort && r.ToPort >= wanted.ToPort && wanted.FromPort != -1
	}
}
