// Package policies says whether network policies let a pod reach addresses of a peer, or be reached from them: those of
// Kubernetes and of Cilium, all of them together, as Cilium enforces them.
package policies
