package probe

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

const (
	// egressPriority is that of Cilium's rules for pods' traffic on ENIs, and
	// tableOffset what it adds to an ENI's number (v1.20.2
	// pkg/datapath/linux/linux_defaults/linux_defaults.go:28,85-108).
	egressPriority = 111
	tableOffset    = 10
)

// Rule is a rule of the kernel's policy routing, as far as it matters here. Source
// and Destination are the zero prefix where the rule does not say any.
type Rule struct {
	Priority    int
	Source      netip.Prefix
	Destination netip.Prefix
	Table       int
}

// String says the rule as iproute2 does.
func (r Rule) String() string {
	text := fmt.Sprintf("%d: from %s", r.Priority, orAll(r.Source))
	if r.Destination.IsValid() {
		text += " to " + r.Destination.String()
	}
	return fmt.Sprintf("%s lookup %d", text, r.Table)
}

func orAll(prefix netip.Prefix) string {
	if !prefix.IsValid() {
		return "all"
	}
	return prefix.String()
}

// EgressRules are the rules for pods' traffic, as iproute2 shows them.
func EgressRules(rules []Rule) []string {
	var found []string
	for _, rule := range rules {
		if rule.Priority == egressPriority {
			found = append(found, rule.String())
		}
	}
	return found
}

// PodAddress is a pod's address and the number of the ENI that has it.
type PodAddress struct {
	Address netip.Addr
	ENI     int
}

// ParsePodAddress reads ADDRESS=NUMBER.
func ParsePodAddress(text string) (PodAddress, error) {
	address, number, ok := strings.Cut(text, "=")
	if !ok {
		return PodAddress{}, fmt.Errorf("%q must be ADDRESS=NUMBER-OF-ENI, such as 10.11.4.91=1", text)
	}
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return PodAddress{}, fmt.Errorf("%q must be ADDRESS=NUMBER-OF-ENI: %w", text, err)
	}
	eni, err := strconv.Atoi(number)
	if err != nil || eni < 0 {
		return PodAddress{}, fmt.Errorf("%q must be ADDRESS=NUMBER-OF-ENI with a number from 0", text)
	}
	return PodAddress{Address: parsed, ENI: eni}, nil
}

// RuleVerdict says whether a pod's traffic to the peers leaves by the pod's own ENI.
type RuleVerdict struct {
	Pod string `json:"pod"`
	// Table that the pod's traffic has to be looked up in.
	Table int `json:"table"`
	// Missing are the peer's blocks, or parts of them, that no rule sends there.
	Missing []string `json:"missing,omitempty"`
	// Wrong are rules that send some of the peer's addresses elsewhere first.
	Wrong []string `json:"wrong,omitempty"`
	// Found are the pod's rules, in the kernel's order.
	Found []string `json:"found,omitempty"`
}

// Covered reports whether all of the peer's blocks leave by the pod's own ENI.
func (v RuleVerdict) Covered() bool { return len(v.Missing) == 0 && len(v.Wrong) == 0 }

// JudgeRules looks for rules that send a pod's traffic to all blocks into the table
// of the pod's own ENI: one without a destination, or ones that contain the
// blocks. Cilium merges neighbouring blocks, so a rule's destination may equal
// none of them (docs/facts/cilium.md#what-reaches-a-pod-and-when): containment, never equality. Of rules of one
// priority the kernel takes the first that fits, so an older one of another table
// (left by a pod that had the address before) decides.
func JudgeRules(rules []Rule, pod PodAddress, blocks []netip.Prefix) RuleVerdict {
	verdict := RuleVerdict{Pod: pod.Address.String(), Table: tableOffset + pod.ENI}
	open := sameFamily(blocks, pod.Address)
	for _, rule := range rules {
		if rule.Priority != egressPriority || !rule.Source.IsValid() || !rule.Source.Contains(pod.Address) {
			continue
		}
		verdict.Found = append(verdict.Found, rule.String())
		fits := rule.Destination
		if !fits.IsValid() {
			fits = netip.PrefixFrom(pod.Address, 0).Masked()
		}
		if rule.Table != verdict.Table && cidr.Overlap(open, []netip.Prefix{fits}) {
			verdict.Wrong = append(verdict.Wrong, rule.String())
		}
		open = cidr.Difference(open, []netip.Prefix{fits})
	}
	// The tables of ENI 0 lead where the main table does: a pod there needs no rule.
	if pod.ENI > 0 {
		verdict.Missing = cidr.Strings(open)
	}
	return verdict
}

// sameFamily: an IPv4 address can only talk to IPv4 blocks, whatever else the peer has.
func sameFamily(blocks []netip.Prefix, address netip.Addr) []netip.Prefix {
	v4, v6 := cidr.SplitFamilies(blocks)
	if address.Is4() {
		return v4
	}
	return v6
}
