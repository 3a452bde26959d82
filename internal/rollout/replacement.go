package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// replacement is an entry of status with the nodes that belong to it.
type replacement struct {
	Replacement
	old       *Node
	successor *Node
	// superseded is true when the entry is from before the newest revision, which its successor need not run.
	superseded bool
	// unwanted is true where its group wants no node in its stead any more, as one does that was scaled down meanwhile.
	unwanted bool
	// gone is true where its group does not exist any more, or is being deleted.
	gone bool
	// warmPool is true where the successor may have joined the cluster long before.
	warmPool bool
}

// matchReplacements finds for each entry the node that is leaving and the one that came for it. A successor that was marked stays
// with its entry; the others are taken in order of age, each once.
func matchReplacements(entries []Replacement, nodes []*Node, groups map[string]Group, superseded func(time.Time) bool) []replacement {
	matched := make([]replacement, 0, len(entries))
	for _, entry := range entries {
		r := replacement{Replacement: entry, superseded: superseded(entry.Since), warmPool: groups[entry.Group].WarmPool, gone: groups[entry.Group].Gone}
		for _, n := range nodes {
			switch {
			case n.Instance.ID == entry.InstanceID:
				r.old = n
			case n.Record != nil && n.Record.SuccessorOf == entry.InstanceID:
				r.successor = n
			}
		}
		matched = append(matched, r)
	}
	slices.SortFunc(matched, func(a, b replacement) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.InstanceID, b.InstanceID))
	})
	assign(matched, nodes)
	noteUnwanted(matched, nodes, groups)
	return matched
}

// noteUnwanted finds the entries for which nobody is coming: the group has as many nodes as it wants, or waits for those of
// entries that are older. A group that is not known may want any number.
func noteUnwanted(matched []replacement, nodes []*Node, groups map[string]Group) {
	for name, group := range groups {
		wanted := group.wanted()
		for _, n := range nodes {
			leaves := slices.ContainsFunc(matched, func(r replacement) bool { return r.old == n })
			if n.Instance.Group == name && n.Ready && !n.Leaving() && !n.Instance.Warm && !leaves {
				wanted--
			}
		}
		for i := range matched {
			if r := &matched[i]; r.Group == name && r.old == nil && r.successor == nil {
				r.unwanted = wanted <= 0
				wanted--
			}
		}
	}
}

func assign(matched []replacement, nodes []*Node) {
	byAge := slices.SortedStableFunc(slices.Values(nodes), func(a, b *Node) int { return a.Created.Compare(b.Created) })
	for _, n := range byAge {
		if n.Record != nil || slices.ContainsFunc(matched, func(r replacement) bool { return r.old == n }) {
			continue
		}
		free := slices.IndexFunc(matched, func(r replacement) bool { return r.successor == nil && r.fits(n) })
		if free >= 0 {
			matched[free].successor = n
		}
	}
}

// fits compares in whole seconds, the resolution of a creationTimestamp. A node that comes from a warm pool is as old as it
// may be, and is Ready since it left the pool; one that is still in the pool came for nobody.
func (r replacement) fits(n *Node) bool {
	from := n.Created
	if r.warmPool && n.ReadySince.After(from) {
		from = n.ReadySince
	}
	return n.Instance.Group == r.Group && r.Group != "" && !n.Instance.Warm && !from.Before(r.Since.Truncate(time.Second))
}

// complete reports whether the successor carries the load. One that does so with an older value (it registered in the
// second of the release, which stamps can't tell from before, or somebody else's configuration was in force just then)
// takes its turn like any other node; to wait for its value would be to wait forever.
func (r replacement) complete(in Input) bool {
	if r.old != nil || r.successor == nil || r.successor.Leaving() || r.successor.Unschedulable {
		return false
	}
	if r.superseded && r.successor.Ready && r.successor.Agent != nil && r.successor.Agent.CrashLooping {
		return true // the value before may be why; the node is there, and takes its turn for the newest
	}
	return r.successor.settled(in.Now, in.Policy.MinReady) && (r.superseded || r.successor.Freshness != FreshnessUnknown)
}

// open: somebody is still coming.
func (r replacement) open(in Input) bool { return !r.unwanted && !r.complete(in) }

// refusal says why the group of a replacement that is waited for launches nothing; empty: it does, or nobody is waited for.
func (p *planner) refusal() string {
	for _, r := range p.replacements {
		if refuses := p.in.Groups[r.Group].Refuses; refuses != "" && r.successor == nil && r.open(p.in) {
			return fmt.Sprintf(" Nothing replaces instance %s: %s.", r.InstanceID, refuses)
		}
	}
	return ""
}

func (r replacement) shortfall() string {
	switch {
	case r.old != nil:
		return "node " + r.old.Name + " is still there"
	case r.successor == nil:
		return "no new node has joined from that group"
	case !r.successor.Ready:
		return "node " + r.successor.Name + " is not Ready"
	case r.successor.Unschedulable:
		return "node " + r.successor.Name + " is cordoned"
	default:
		return "the Cilium agent on node " + r.successor.Name + " is not Ready with the new value"
	}
}

// replacing reports whether the node's instance is in status, so that the replacement rules rule.
func (p *planner) replacing(n *Node) bool {
	return n.Instance.ID != "" && slices.ContainsFunc(p.replacements, func(r replacement) bool { return r.InstanceID == n.Instance.ID })
}
