package policies

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// cilium are the rules of one of Cilium's policies. Cilium enforces them together with NetworkPolicies: what one admits is
// admitted, what one denies is denied (pkg/policy/utils/parserules.go of Cilium 1.20).
func (s Subject) cilium(policy *CiliumPolicy, direction Direction) []Rule {
	var rules []Rule
	for _, spec := range policy.rules() {
		selected, unsettled := s.selectedBy(spec.EndpointSelector)
		if !selected {
			continue
		}
		base := Rule{Kind: policy.Kind, Name: policy.Name, Unsettled: unsettled}
		allow, deny, closes := spec.of(direction)
		base.Closes = len(allow)+len(deny) > 0 && (closes == nil || *closes)
		for _, entry := range allow {
			rules = append(rules, s.entry(base, entry, direction))
		}
		base.Denies = true
		for _, entry := range deny {
			rules = append(rules, s.entry(base, entry, direction))
		}
	}
	return rules
}

func (p *CiliumPolicy) rules() []ciliumRule {
	if p.Spec == nil {
		return p.Specs
	}
	return append([]ciliumRule{*p.Spec}, p.Specs...)
}

// of are the parts of one direction.
func (r ciliumRule) of(direction Direction) (allow, deny []ciliumEntry, closes *bool) {
	if direction == Egress {
		return r.Egress, r.EgressDeny, r.EnableDefaultDeny.Egress
	}
	return r.Ingress, r.IngressDeny, r.EnableDefaultDeny.Ingress
}

func (s Subject) entry(rule Rule, entry ciliumEntry, direction Direction) Rule {
	rule.Ports, rule.Inside = s.ciliumPorts(entry, direction), slices.ContainsFunc(entry.ToPorts, ciliumPorts.inside)
	onlyICMP := len(entry.ICMPs) > 0 // an entry has one of the two
	if rule.Unsettled != "" || onlyICMP || entry.namesNobody(rule.Ports) {
		return rule
	}
	if !entry.hasPeers() {
		rule.Blocks = everything()
		return rule
	}
	rule.Blocks, rule.Unsettled = s.peers(entry)
	return rule
}

// ciliumPorts are the ports of an entry.
func (s Subject) ciliumPorts(entry ciliumEntry, direction Direction) []Port {
	var all []Port
	for _, ports := range entry.ToPorts {
		if len(ports.Ports) == 0 {
			all = append(all, none())
		}
		for _, port := range ports.Ports {
			protocol := corev1.Protocol(port.Protocol)
			if protocol == "ANY" {
				protocol = ""
			}
			number, err := strconv.ParseUint(port.Port, 10, 16)
			switch {
			case err != nil && port.Port != "":
				all = append(all, named(s.Pod, direction, port.Port, protocol)...)
			case number == 0:
				all = append(all, Port{Protocol: protocol})
			default:
				all = append(all, Port{protocol, int32(number), max(port.EndPort, int32(number))})
			}
		}
	}
	return slices.Clip(all)
}
