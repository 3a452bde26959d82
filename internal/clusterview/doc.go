// Package clusterview is what one reconciliation read of a cluster: nodes, pods,
// budgets, the install of Cilium and the interfaces that it reports. A [View]
// answers questions about them (which agent runs on a node, which values of ours are
// live, what a node's freshness is judged by) and shows nodes as internal/rollout wants
// them. It reads a cluster and writes nothing.
package clusterview
