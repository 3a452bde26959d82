package cilium

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// Masquerade says who rewrites the address of pod traffic that leaves the
// native routing CIDR.
type Masquerade string

const (
	// MasqueradeDisabled means: nothing masquerades; pods leave by their own interface everywhere.
	MasqueradeDisabled Masquerade = "Disabled"
	// MasqueradeIPTables means: iptables rules of the node.
	MasqueradeIPTables Masquerade = "IPTables"
	// MasqueradeBPF means: Cilium's BPF programs.
	MasqueradeBPF Masquerade = "BPF"
)

// Address management modes in which this product has something to say.
const (
	// IPAMENI: pods have addresses of the VPC, on the node's interfaces.
	IPAMENI = "eni"
	// ChainingAWSCNI: aws-node gives pods their addresses and rules.
	ChainingAWSCNI = "aws-cni"
)

// Options beside the native routing CIDR.
const (
	nativeIPv6Key     = "ipv6-native-routing-cidr"
	chainingTargetKey = "cni-chaining-target"
)

// Facts is what an install does. Options that nodes may have different values
// for are per node, in Nodes; the rest is read as the least favourable of all.
type Facts struct {
	// Found is false if there is no DaemonSet of Cilium.
	Found bool
	// Version is the DaemonSet's; Agents also has those of pods still running.
	Version Version
	Agents  []Version
	// Traits is what can be counted on while all Agents are about.
	Traits Traits

	IPAM, RoutingMode, Chaining string
	// ChainingTarget is the network that Cilium is chained into; empty: by mode.
	ChainingTarget string
	IPv4, IPv6     bool
	// Masquerade is that of IPv4, on as soon as one node has it on.
	Masquerade     Masquerade
	MasqueradeIPv6 bool
	EndpointRoutes bool
	IPMasqAgent    bool
	// IPMasq is the list of the ip-masq-agent, if it is enabled.
	IPMasq IPMasq
	// NativeIPv6 is the IPv6 native routing CIDR; the zero prefix if unset.
	NativeIPv6 netip.Prefix

	Sources Sources
	AWSNode *AWSNode
	// Nodes has one entry for each node, in order of name; without nodes one entry
	// without name, for a node without labels.
	Nodes []NodeFacts
	// Boot is what a node that joins now gets, with the labels of the first node
	// but a hostname that is not held back. It is what status shows.
	Boot NativeCIDR
	// Applied is what we, and nobody else, set in Cilium's ConfigMap; the zero prefix: nothing.
	Applied netip.Prefix
	// KeyHolders name those beside us who hold the option in Cilium's ConfigMap.
	KeyHolders []string
	// Writers are the objects of others that set the native routing CIDR, in the order of name.
	Writers []NodeConfig

	namespace string
	objects   Objects
}

// NodeFacts is what differs from node to node.
type NodeFacts struct {
	Node Node
	// Baseline is the native routing CIDR without ours: what an agent that starts
	// now would get if we had written nothing.
	Baseline NativeCIDR
	// Effective is the one with ours.
	Effective NativeCIDR
	// Masquerade of IPv4 on this node.
	Masquerade Masquerade
}

// NativeCIDR is a native routing CIDR and where it comes from.
type NativeCIDR struct {
	// CIDR is the zero prefix if the option is unset or malformed.
	CIDR netip.Prefix
	// Source is empty if the option is unset.
	Source string
	// Malformed is the value that no agent takes.
	Malformed string
}

// Observe reads the facts of an install. It decides nothing.
func Observe(install Install) Facts {
	facts := Facts{namespace: install.Namespace, objects: install.withoutOurs(), AWSNode: observeAWSNode(install.AWSNode, install.Owner)}
	if install.DaemonSet == nil {
		return facts
	}
	facts.Found = true
	facts.Sources = SourcesOf(install.DaemonSet)
	facts.Agents = install.agents()
	facts.Version = facts.Agents[0]
	facts.Traits = worstOf(facts.Agents)
	facts.readShared(facts.Sources.Resolve(facts.objects, Node{}))
	facts.readNodes(install)
	facts.readWriters()
	facts.readHolders(install)
	if name := install.Namespace + "/" + IPMasqConfigMapName; facts.IPMasqAgent {
		facts.IPMasq = install.Owner.readIPMasq(install.Objects.ConfigMaps[name], install.Marks[name])
	}
	return facts
}

func (f *Facts) readShared(options map[string]Option) {
	f.IPAM = cmp.Or(options["ipam"].Value, "cluster-pool")
	f.RoutingMode = cmp.Or(options["routing-mode"].Value, "tunnel")
	f.Chaining = cmp.Or(options["cni-chaining-mode"].Value, "none")
	f.ChainingTarget = options[chainingTargetKey].Value
	f.IPv4 = enabled(options, "enable-ipv4", true)
	f.IPv6 = enabled(options, "enable-ipv6", true)
	f.MasqueradeIPv6 = enabled(options, "enable-ipv6-masquerade", true)
	f.EndpointRoutes = enabled(options, "enable-endpoint-routes", false)
	f.IPMasqAgent = enabled(options, "enable-ip-masq-agent", false)
	f.NativeIPv6, _ = netip.ParsePrefix(options[nativeIPv6Key].Value)
}

func (f *Facts) readNodes(install Install) {
	nodes := install.Nodes
	if len(nodes) == 0 {
		nodes = []Node{{}}
	}
	f.Masquerade = MasqueradeDisabled
	others, all := newResolver(f.Sources, f.objects), newResolver(f.Sources, install.Objects)
	for _, node := range nodes {
		without, with := others.resolve(node), all.resolve(node)
		facts := NodeFacts{Node: node, Baseline: nativeCIDR(without), Effective: nativeCIDR(with), Masquerade: masquerade(without)}
		if facts.Masquerade != MasqueradeDisabled {
			f.Masquerade = facts.Masquerade
		}
		f.Nodes = append(f.Nodes, facts)
	}
	slices.SortFunc(f.Nodes, func(a, b NodeFacts) int { return cmp.Compare(a.Node.Name, b.Node.Name) })
	joining := Node{Labels: maps.Clone(f.Nodes[0].Node.Labels)}
	delete(joining.Labels, corev1.LabelHostname)
	f.Boot = nativeCIDR(f.Sources.Resolve(install.Objects, joining))
}

func (f *Facts) readHolders(install Install) {
	holders := install.keyHolders()
	f.KeyHolders = install.Owner.others(holders)
	if install.Owner.alone(holders) {
		f.Applied, _ = ParseNativeCIDR(install.Objects.ConfigMaps[install.Namespace+"/"+ConfigMapName][NativeRoutingKey])
	}
}

func (f *Facts) readWriters() {
	for _, config := range byName(f.objects.NodeConfigs) {
		if _, sets := config.Spec.Defaults[NativeRoutingKey]; sets && config.Spec.NodeSelector != nil {
			f.Writers = append(f.Writers, config)
		}
	}
}

// Baselines lists the different values that hold without ours, those of
// CiliumNodeConfigs included that select no node yet.
func (f Facts) Baselines() []netip.Prefix {
	var found []netip.Prefix
	add := func(prefix netip.Prefix) {
		if prefix.IsValid() && !slices.Contains(found, prefix) {
			found = append(found, prefix)
		}
	}
	for _, node := range f.Nodes {
		add(node.Baseline.CIDR)
	}
	for _, writer := range f.Writers {
		add(writer.value())
	}
	return found
}

func nativeCIDR(options map[string]Option) NativeCIDR {
	option := options[NativeRoutingKey]
	prefix, err := ParseNativeCIDR(option.Value)
	if err != nil {
		return NativeCIDR{Source: option.Source, Malformed: option.Value}
	}
	if !prefix.IsValid() {
		return NativeCIDR{}
	}
	return NativeCIDR{CIDR: prefix, Source: option.Source}
}

// masquerade: the agent's default is on, and iptables (daemon_main.go).
func masquerade(options map[string]Option) Masquerade {
	switch {
	case !enabled(options, "enable-ipv4", true) || !enabled(options, "enable-ipv4-masquerade", true):
		return MasqueradeDisabled
	case enabled(options, "enable-bpf-masquerade", false):
		return MasqueradeBPF
	}
	return MasqueradeIPTables
}

// enabled reads a boolean option as the agent does (viper.GetBool, which is strconv.ParseBool). One that it cannot read
// keeps the agent from starting.
func enabled(options map[string]Option, key string, otherwise bool) bool {
	value, err := strconv.ParseBool(options[key].Value)
	if err != nil {
		return otherwise
	}
	return value
}
