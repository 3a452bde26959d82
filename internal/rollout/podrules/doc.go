// Package podrules holds the rules by which pods, disruption budgets and Karpenter's
// objects are read: which pods a drain removes, which must not be evicted, and which
// nodes Karpenter replaces. Everything here is a pure function of what was read, so that
// the planner, the view of a cluster and those who act all answer alike.
package podrules
