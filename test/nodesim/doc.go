// Package nodesim makes nodes of instances. Beside a real control plane whose nodes kwok plays, it watches the instances
// of an EKS cluster's Auto Scaling groups, in the simulated AWS or anything alike, and plays what a cluster on EC2 with
// Cilium in ENI mode has besides:
//
//   - the kubelet's registration: an instance that runs becomes a Node, one that ends loses it, as the cloud's node
//     lifecycle controller has it;
//   - Cilium's operator: a second interface for pods on each instance, CiliumNodes, the taint agent-not-ready;
//   - Cilium's agents: the pods are those of a real DaemonSet; they read ConfigMap and CiliumNodeConfigs when they are
//     made (never when their container merely restarts), refuse the values that their version refuses, and crash-loop;
//   - the CNI: each pod keeps the routing rules that it was born with, in the annotation [BornWithAnnotation].
//
// So a test can ask each pod whether it would reach the peer: [Sim.Reaches]. What is asked about Cilium's versions is
// answered from Cilium's sources (see version.go) and on purpose not with the operator's own code.
package nodesim
