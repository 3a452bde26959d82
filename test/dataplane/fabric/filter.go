package fabric

import (
	"fmt"

	"github.com/google/nftables"

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

// filter replaces the router's rules on packets, at once.
func (r *router) filter(vpc VPC, present []Interface, state State) error {
	table, err := ruleset.Replace(r.ns, "vpc")
	if err != nil {
		return err
	}
	before := table.Hook("before", nftables.ChainTypeFilter, nftables.ChainHookPrerouting, *nftables.ChainPriorityRaw)
	between := table.Hook("between", nftables.ChainTypeFilter, nftables.ChainHookForward, *nftables.ChainPriorityFilter)
	for _, i := range present {
		r.check(table, before, i)
		in := ruleset.In(r.ports[i.ID].device)
		between.Rule(in, ruleset.Out(nowhere), ruleset.Report(GroupDropped, fmt.Sprintf("%s %s", NoRoute, r.ports[i.ID].tableIn(vpc))), ruleset.Drop())
	}
	between.Rule(ruleset.Out(nowhere), ruleset.Report(GroupDropped, NoAddress+" "+vpc.ID), ruleset.Drop())
	between.Rule(ruleset.Answers(), ruleset.Accept())
	r.screen(table, between, present, state)
	return table.Commit()
}

// check notes the packets that an interface sends, and drops those that are not from one of its own addresses.
func (r *router) check(table *ruleset.Table, before *ruleset.Chain, i Interface) {
	in := ruleset.In(r.ports[i.ID].device)
	before.Rule(in, ruleset.Handshake(), ruleset.Report(GroupSeen, i.Device))
	if i.Unchecked {
		return
	}
	chain := table.Chain("check-" + i.ID)
	for _, address := range i.addresses() {
		chain.Rule(ruleset.From(address), ruleset.Return())
	}
	chain.Rule(ruleset.Report(GroupDropped, SourceCheck+" "+i.ID), ruleset.Drop())
	before.Rule(in, chain.Jump())
}

// screen lets pass what the security groups of sender and receiver let pass.
func (r *router) screen(table *ruleset.Table, between *ruleset.Chain, present []Interface, state State) {
	var into []func()
	for _, i := range present {
		device := r.ports[i.ID].device
		out := table.Chain("out-" + i.ID)
		for _, rule := range state.rules(i, func(g Group) []Rule { return g.Egress }) {
			out.Rule(ruleset.Protocol(rule.Protocol, rule.FromPort, rule.ToPort), ruleset.To(rule.Peer), ruleset.Return())
		}
		out.Rule(ruleset.Report(GroupDropped, GroupEgress+" "+i.ID), ruleset.Drop())
		between.Rule(ruleset.In(device), out.Jump())

		in := table.Chain("in-" + i.ID)
		for _, rule := range state.rules(i, func(g Group) []Rule { return g.Ingress }) {
			in.Rule(ruleset.Protocol(rule.Protocol, rule.FromPort, rule.ToPort), ruleset.From(rule.Peer), ruleset.Accept())
		}
		in.Rule(ruleset.Report(GroupDropped, GroupIngress+" "+i.ID), ruleset.Drop())
		into = append(into, func() { between.Rule(ruleset.Out(device), in.Jump()) })
	}
	for _, add := range into { // what leaves the sender's groups comes to the receiver's
		add()
	}
}
