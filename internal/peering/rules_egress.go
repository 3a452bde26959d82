package peering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// desiredEgress is what a group of a side is to let out to the peer, where the spec wants that and no rule of others in
// the group does it already: what the other side's ingress admits. One of ours that is there stays wanted.
func desiredEgress(request Request, snapshot Snapshot, role Role, group string) []Ingress {
	if request.side(role).SecurityGroups.Egress != v1alpha1.EgressAllow {
		return nil
	}
	var wanted []Ingress
	for _, out := range desiredIngress(request.side(role.Other()).SecurityGroups.Ingress, request.Reached(snapshot, role)) {
		if findRule(snapshot.At(role).Rules, RuleKey{group, out, true}) != nil || !letsOut(snapshot.At(role).Rules, group, out) {
			wanted = append(wanted, out)
		}
	}
	return wanted
}

// letsOut reports whether one rule of the group lets all of it out, as the rule does that EC2 gives each new group.
func letsOut(rules []SecurityGroupRule, group string, wanted Ingress) bool {
	for _, rule := range rules {
		if rule.GroupID == group && rule.Egress && rule.covers(wanted) {
			return true
		}
	}
	return false
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
