package fabric

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"github.com/crossvpc/crossvpc/test/dataplane/ruleset"
)

// Reasons why the fabric drops a packet; each is followed by what it happened at.
const (
	SourceCheck   = "source/destination check of"
	NoRoute       = "no route in"
	NoAddress     = "no interface has this address in"
	GroupIngress  = "no ingress rule in the groups of"
	GroupEgress   = "no egress rule in the groups of"
	ReverseFilter = "reverse path filter of"
)

// filter replaces the router's rules on packets, at once. The kernel acknowledges each rule, and has room for some
// hundreds of acknowledgements where the user is not really root: so addresses are joined, and groups' rules shared.
func (r *router) filter(vpc VPC, present []Interface, state State) error {
	table, err := ruleset.Replace(r.ns, "vpc")
	if err != nil {
		return err
	}
	check := table.Hook("check", nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw)
	leave := table.Hook("leave", nftables.ChainTypeFilter, nftables.ChainHookForward, *nftables.ChainPriorityFilter-1)
	enter := table.Hook("enter", nftables.ChainTypeFilter, nftables.ChainHookForward, *nftables.ChainPriorityFilter)
	for _, i := range present {
		in := ruleset.In(r.ports[i.ID].device)
		check.Rule(in, ruleset.Handshake(), ruleset.Report(GroupSeen, i.Device))
		r.checkSource(check, i)
		leave.Rule(in, ruleset.Out(nowhere), ruleset.Report(GroupDropped, NoRoute+" "+r.ports[i.ID].tableIn(vpc)), ruleset.Drop())
	}
	leave.Rule(ruleset.Out(nowhere), ruleset.Report(GroupDropped, NoAddress+" "+vpc.ID), ruleset.Drop())
	leave.Rule(ruleset.Answers(), ruleset.Accept())
	enter.Rule(ruleset.Answers(), ruleset.Accept())
	egress := screen{table: table, name: "egress", made: map[string]*ruleset.Chain{}, match: ruleset.To, of: func(g Group) []Rule { return g.Egress }}
	ingress := screen{table: table, name: "ingress", made: map[string]*ruleset.Chain{}, match: ruleset.From, of: func(g Group) []Rule { return g.Ingress }}
	for _, i := range present {
		device := r.ports[i.ID].device
		egress.add(leave, state, i, ruleset.In(device), GroupEgress)
		ingress.add(enter, state, i, ruleset.Out(device), GroupIngress)
	}
	return table.Commit()
}

// checkSource drops what an interface sends from an address that is not its own.
func (r *router) checkSource(check *ruleset.Chain, i Interface) {
	if i.Unchecked {
		return
	}
	in := ruleset.In(r.ports[i.ID].device)
	for _, address := range joinPrefixes(i.addresses()) {
		check.Rule(in, ruleset.From(address), ruleset.Accept())
	}
	check.Rule(in, ruleset.Report(GroupDropped, SourceCheck+" "+i.ID), ruleset.Drop())
}

// screen lets pass what rules of security groups let pass: in one direction. Interfaces with the same groups share a
// chain.
type screen struct {
	table *ruleset.Table
	name  string
	made  map[string]*ruleset.Chain
	match func(netip.Prefix) []expr.Any
	of    func(Group) []Rule
}

func (s screen) add(hook *ruleset.Chain, state State, i Interface, at []expr.Any, why string) {
	key := strings.Join(i.Groups, " ")
	if s.made[key] == nil {
		chain := s.table.Chain(fmt.Sprintf("%s-%d", s.name, len(s.made)))
		for _, rule := range state.rules(i, s.of) {
			chain.Rule(ruleset.Protocol(rule.Protocol, rule.FromPort, rule.ToPort), s.match(rule.Peer), ruleset.Accept())
		}
		s.made[key] = chain
	}
	hook.Rule(at, s.made[key].Jump())
	hook.Rule(at, ruleset.Report(GroupDropped, why+" "+i.ID), ruleset.Drop())
}

// joinPrefixes joins prefixes that together are a larger one.
func joinPrefixes(prefixes []netip.Prefix) []netip.Prefix {
	joined := slices.Clone(prefixes)
	for again := true; again; {
		again = false
		slices.SortFunc(joined, netip.Prefix.Compare)
		for i := 0; i+1 < len(joined); i++ {
			whole := netip.PrefixFrom(joined[i].Addr(), max(joined[i].Bits()-1, 0)).Masked()
			if joined[i].Bits() == joined[i+1].Bits() && whole.Contains(joined[i+1].Addr()) && joined[i] != joined[i+1] {
				joined[i], again = whole, true
				joined = slices.Delete(joined, i+1, i+2)
			}
		}
	}
	return joined
}
