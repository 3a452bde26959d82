// Package cilium is the pure core for Cilium: what an install does (Observe),
// what must change in it so that pods reach their peers (Decide), the
// CiliumNodeConfigs that say so (NodeConfigs) and which nodes run it (Judge).
//
// Nothing here does I/O or reads a clock, and nothing imports Cilium: its
// objects are read into small local types. What is said of Cilium's behaviour
// was read in its source (docs/facts/cilium.md); what differs between versions is
// in one table, versions in matrix.go.
package cilium

// NativeRoutingKey is the option that says which destinations pods reach with
// their own address. The agent takes one IPv4 CIDR, no list (cilium/cilium#21945).
const NativeRoutingKey = "ipv4-native-routing-cidr"

// ConfigMapName is the ConfigMap that Helm renders the agent's options into.
const ConfigMapName = "cilium-config"

// DaemonSetName is the DaemonSet of Cilium's agents.
const DaemonSetName = "cilium"

// AWSNodeName is the DaemonSet of Amazon's own CNI plugin.
const AWSNodeName = "aws-node"

// AWSNodeNamespace is where EKS has its add-ons, wherever Cilium is.
const AWSNodeNamespace = "kube-system"

const agentContainerName = "cilium-agent"
