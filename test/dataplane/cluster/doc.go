// Package cluster has a lab follow a real control plane whose nodes are simulated: each Node becomes an instance in
// network namespaces, each pod of Cilium's DaemonSet an agent that reads its configuration when it is made, and each
// other pod a namespace that cilium-cni sets up with what the agent of its node has read.
//
// It takes nothing from the operator or from the simulation of nodes but what is in the cluster's API.
package cluster
