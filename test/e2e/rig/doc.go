// Package rig sets up the whole product on one machine: a simulated AWS with two
// accounts and regions, two real control planes whose nodes are instances of Auto
// Scaling groups, Cilium's objects and agents, workloads, and the manager's binary
// with the rights that the manifests in config/ give it. The e2e tests and the
// demo both stand on it.
package rig
