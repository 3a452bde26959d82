// Package peeredcluster reconciles PeeredClusters: it reads a cluster, has
// internal/cilium decide on its native routing CIDR and internal/rollout on the
// next node, applies the steps and reports what was observed. It is the only
// writer of a cluster's Cilium configuration and the only one that touches its nodes.
package peeredcluster
