package rollout

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// order sorts nodes as they are worked on: split ones first, the operator's own and those with a broken agent last, in
// turn from the zone that has most of them left, and within it by a hash that changes with the revision. Taking the first
// away leaves the order of the others as it is, so it can be told beforehand, and a process that was killed continues with it.
func (p *planner) order(which func(*Node) bool) []*Node {
	var rest []*Node
	for _, n := range p.nodes {
		if which(n) {
			rest = append(rest, n)
		}
	}
	rank := map[*Node]string{}
	for _, n := range rest {
		rank[n] = p.rank(n)
	}
	slices.SortFunc(rest, func(a, b *Node) int { return cmp.Compare(rank[b], rank[a]) })
	type group struct {
		class int
		zone  string
	}
	behind, count := map[*Node]int{}, map[group]int{}
	for _, n := range rest { // from the last: how many of its zone come after it
		g := group{p.class(n), n.Zone}
		behind[n] = count[g]
		count[g]++
	}
	slices.SortFunc(rest, func(a, b *Node) int {
		return cmp.Or(cmp.Compare(p.class(a), p.class(b)), cmp.Compare(behind[b], behind[a]),
			cmp.Compare(a.Zone, b.Zone), cmp.Compare(rank[a], rank[b]))
	})
	return rest
}

func (p *planner) rank(n *Node) string {
	sum := sha256.Sum256([]byte(string(n.UID) + "/" + p.in.Target))
	return hex.EncodeToString(sum[:]) + n.Name
}

func (p *planner) class(n *Node) int {
	switch {
	case n.Agent == nil || n.Agent.CrashLooping: // never the canary of choice: the value would be blamed for what was broken before
		return 3
	case n.Name == p.in.OperatorNode:
		return 2
	case n.Freshness == FreshnessSplit:
		return 0
	default:
		return 1
	}
}
