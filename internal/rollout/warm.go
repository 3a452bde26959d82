package rollout

// off reports whether the node is in a warm pool and takes no pods there: stopped, hibernated, or about to be. One that runs there and
// has joined the cluster takes pods, and is like any other. What we hold stays ours when it stops being Ready for a moment.
func (n *Node) off() bool {
	return n.Instance.Warm && !n.warmInUse()
}

func (n *Node) warmInUse() bool {
	return n.Instance.WarmRunning && (n.Ready || n.claimed())
}

// missed: the warm pool is no capacity, so a node of it uses up the budget only while we work on it.
func (n *Node) missed() bool {
	return !n.Instance.Warm || n.warmInUse() && n.claimed()
}

// giveUpOff lets go of a node that its group stopped in its warm pool while we held it: no agent can be renewed there, and it may stay
// for days. Its agent starts again when it comes into service, and the planner judges it then. If the value failed on the node, its
// record keeps that (N5).
func (p *planner) giveUpOff(n *Node) {
	p.release(n, n.Record.failure(), "its Auto Scaling group has stopped it in its warm pool")
}
