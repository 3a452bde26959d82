package rollout

// unavailable counts what uses up the budget, whatever the cause (N1): nodes that are not Ready, cordoned or leaving,
// or whose agent we are restarting, open replacements, and nodes that an Auto Scaling group is short of. An open replacement counts once, whether its old
// node is still there, its successor is booting, or neither is; once its successor carries the load it counts no more,
// whether its entry is cleared yet or not.
func (p *planner) unavailable() int {
	absorbed := map[*Node]bool{}
	count := 0
	for _, r := range p.replacements {
		absorbed[r.old], absorbed[r.successor] = true, true
		if r.open(p.in) {
			count++
		}
	}
	for _, n := range p.nodes {
		if !absorbed[n] && n.unavailable() {
			count++
		}
	}
	for name, group := range p.in.Groups {
		count += p.missing(name, group.wanted())
	}
	return count
}

// wanted is how many nodes the group keeps up; one that is being deleted keeps up none.
func (g Group) wanted() int {
	if g.Gone {
		return 0
	}
	return g.Desired
}

// missing is by how many nodes a group is short beyond those that we had replaced.
func (p *planner) missing(group string, desired int) int {
	for _, n := range p.nodes {
		if n.Instance.Group == group && !n.Instance.Warm {
			desired--
		}
	}
	for _, r := range p.replacements {
		switch {
		case r.Group != group:
		case r.old != nil && r.successor == nil, r.old == nil && r.successor != nil:
		case r.old != nil: // both are there for a while
			desired++
		default:
			desired--
		}
	}
	return max(0, desired)
}
