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
	if denied := of(own, func(r Rule) bool { return r.Denies && r.on(peer.Port) && cidr.Overlap(r.Blocks, peer.Blocks) }); len(denied) > 0 {
		return Judgement{Verdict: Denied, Policies: names(denied)}
	}
	if why := s.Unread[kind]; why != "" {
		return Judgement{Verdict: Unsettled, Why: why}
	}
	if doubtful := of(own, func(r Rule) bool { return r.Denies && r.Unsettled != "" }); len(doubtful) > 0 {
		return unsettled(doubtful)
	}
	if len(own) == 0 {
		return Judgement{Verdict: Open}
	}
	closing := of(own, func(r Rule) bool { return r.Closes })
	return s.admitted(rules, closing, peer.Blocks, names(own))
}

// ByPort judges whether the rules that admit the peer do so on the port; that one of them selects the pod is known.
func (s Subject) ByPort(direction Direction, peer Peer) Judgement {
	rules := s.Rules(direction)
	closing := of(rules, func(r Rule) bool { return r.Closes })
	if peer.Port == nil {
		judged := Judgement{Verdict: Open, Policies: names(closing)}
		for _, rule := range allowing(rules) {
			if len(closing) > 0 && cidr.Overlap(rule.Blocks, peer.Blocks) {
				judged.Ports = append(judged.Ports, rule.Ports...)
			}
		}
		return judged
	}
	return s.admitted(of(rules, func(r Rule) bool { return r.on(peer.Port) }), closing, peer.Blocks, names(closing))
}

// admitted judges whether rules admit all addresses, where any rule closes the pod.
func (s Subject) admitted(rules, closing []Rule, peer []netip.Prefix, names []string) Judgement {
	var found []netip.Prefix
	for _, rule := range allowing(rules) {
		found = append(found, rule.Blocks...)
	}
	doubtful := of(allowing(rules), func(r Rule) bool { return r.Unsettled != "" })
	switch {
	case len(closing) == 0:
		return Judgement{Verdict: Open}
	case cidr.ContainsAll(cidr.Union(found), peer):
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

func of(rules []Rule, keep func(Rule) bool) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return !keep(r) })
}
