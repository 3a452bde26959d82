// Package node plays an instance of EKS with Cilium in ENI mode: a network namespace with eth0 and eth1. What programs
// the pods' rules is Cilium's own code, and the whole point of the lab:
//
//   - the plugin cilium-cni ([RunPlugin]), run as a process of its own for each pod, as the kubelet runs it;
//   - the package pkg/datapath/linux/routing, called as the agent calls it: for the router's address, for the pods that
//     a starting agent finds, and for those that go.
//
// What is played here, from Cilium's sources, is the agent around them: its socket ([agent]), what it sets up at its
// start, its masquerading (with nftables for its iptables), and by [Release] what differs between its versions. eBPF
// is not played.
package node
