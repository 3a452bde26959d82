package policies

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// Verdict is what policies do to connections with a peer.
type Verdict string

// The verdicts.
const (
	// Open: no policy selects the pod.
	Open Verdict = "Open"
	// Admitted by a rule.
	Admitted Verdict = "Admitted"
	// Denied by a rule that denies.
	Denied Verdict = "Denied"
	// DeniedInPart: a rule denies some of the peer's addresses, and the others are admitted.
	DeniedInPart Verdict = "DeniedInPart"
	// Closed: a policy selects the pod, and no rule admits the whole of the peer.
	Closed Verdict = "Closed"
	// Unsettled: it depends on what only the agents know, or on what could not be read.
	Unsettled Verdict = "Unsettled"
)

// Judgement is a verdict with what it rests on.
type Judgement struct {
	Verdict Verdict
	// Policies by name.
	Policies []string
	// Why it is unsettled.
	Why string
	// Part of the peer that is denied, where the rest is not.
	Part []netip.Prefix
	// Ports that the rules admit where no port was asked for; empty: all.
	Ports []Port
}

// Peer is who is to be reached, or reaches the pod.
type Peer struct {
	Blocks []netip.Prefix
	// Port of the connection, at its destination; nil: any will do.
	Port *Port
}

// ByKind judges what the policies of one kind stop: with a rule that denies, or because one of them selects the pod and no
// rule of any kind admits the peer's addresses, on whatever port.
func (s Subject) ByKind(kind string, direction Direction, peer Peer) Judgement {
	rules := s.Rules(direction)
	own := of(rules, func(r Rule) bool { return r.Kind == kind })
	closing := of(own, func(r Rule) bool { return r.Closes })
	denying := peer.denying(own)
	left := cidr.Difference(peer.Blocks, all(denying))
	doubtful := of(own, func(r Rule) bool { return r.Denies && r.Unsettled != "" })
	switch {
	case s.Mesh != "" && slices.ContainsFunc(own, func(r Rule) bool { return r.Closes || r.Denies && r.on(peer.Port) }):
		return Judgement{Verdict: Unsettled, Policies: names(own), Why: s.Mesh}
	case len(denying) > 0 && len(left) == 0:
		return Judgement{Verdict: Denied, Policies: names(denying)}
	case s.Unread[kind] != "":
		return Judgement{Verdict: Unsettled, Why: s.Unread[kind]}
	case len(doubtful) > 0:
		return unsettled(doubtful)
	}
	if peer.Port == nil { // else ByPort says what is not on it
		rules = of(rules, Rule.onAny)
	}
	judged := s.admitted(rules, closing, left, names(own))
	if len(denying) > 0 && (judged.Verdict == Open || judged.Verdict == Admitted) {
		return Judgement{Verdict: DeniedInPart, Policies: names(denying), Part: cidr.Difference(peer.Blocks, left)}
	}
	return judged
}

// ByPort judges whether the rules that admit the peer do so on the port; that one of them selects the pod is known.
func (s Subject) ByPort(direction Direction, peer Peer) Judgement {
	rules := s.Rules(direction)
	closing := of(rules, func(r Rule) bool { return r.Closes })
	if s.Mesh != "" && len(closing) > 0 && peer.Port != nil {
		return Judgement{Verdict: Unsettled, Policies: names(closing), Why: s.Mesh}
	}
	if peer.Port == nil {
		judged := Judgement{Verdict: Open, Policies: names(closing)}
		for _, rule := range of(allowing(rules), Rule.onAny) {
			if len(closing) > 0 && cidr.Overlap(rule.Blocks, peer.Blocks) {
				judged.Ports = append(judged.Ports, rule.Ports...)
			}
		}
		return judged
	}
	return s.admitted(of(rules, func(r Rule) bool { return r.on(peer.Port) }), closing, cidr.Difference(peer.Blocks, all(peer.denying(rules))), names(closing))
}

// denying are the rules that deny the peer, or a part of it.
func (p Peer) denying(rules []Rule) []Rule {
	return of(rules, func(r Rule) bool { return r.Denies && r.on(p.Port) && cidr.Overlap(r.Blocks, p.Blocks) })
}

// admitted judges whether rules admit all addresses, where any rule closes the pod.
func (s Subject) admitted(rules, closing []Rule, peer []netip.Prefix, names []string) Judgement {
	doubtful := of(allowing(rules), func(r Rule) bool { return r.Unsettled != "" })
	switch {
	case len(closing) == 0:
		return Judgement{Verdict: Open}
	case cidr.ContainsAll(cidr.Union(all(allowing(rules))), peer):
		return Judgement{Verdict: Admitted, Policies: names}
	case len(doubtful) > 0:
		return unsettled(doubtful)
	}
	for _, kind := range []string{KindCilium, KindClusterwide} { // what is not read may admit it
		if why := s.Unread[kind]; why != "" {
			return Judgement{Verdict: Unsettled, Why: why}
		}
	}
	return Judgement{Verdict: Closed, Policies: names}
}

func unsettled(by []Rule) Judgement {
	return Judgement{Verdict: Unsettled, Policies: names(by), Why: by[0].Unsettled}
}

func allowing(rules []Rule) []Rule { return of(rules, func(r Rule) bool { return !r.Denies }) }

// all are the blocks that rules name.
func all(rules []Rule) []netip.Prefix {
	var blocks []netip.Prefix
	for _, rule := range rules {
		blocks = append(blocks, rule.Blocks...)
	}
	return blocks
}

func of(rules []Rule, keep func(Rule) bool) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return !keep(r) })
}
