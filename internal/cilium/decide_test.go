package cilium

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// scene is the incident: VPC 10.11.0.0/16, one peer 10.12.0.0/16. Each change
// makes it another case.
func scene(changes ...func(*Install, *Input)) Input {
	in := Input{
		Owner: testOwner,
		VPC:   VPC{Primary: prefix("10.11.0.0/16"), Blocks: prefixes("10.11.0.0/16")},
		Peers: []Peer{{Name: "network/eu-us", Blocks: prefixes("10.12.0.0/16")}},
	}
	cluster := install("1.18.0", eniConfig)
	for _, change := range changes {
		change(&cluster, &in)
	}
	in.Facts = Observe(cluster)
	return in
}

func options(changes ...string) func(*Install, *Input) {
	return func(i *Install, _ *Input) {
		config := i.Objects.ConfigMaps["kube-system/cilium-config"]
		i.Objects.ConfigMaps["kube-system/cilium-config"] = with(config, changes...)
	}
}

func image(tag string, words ...string) func(*Install, *Input) {
	return func(i *Install, _ *Input) { i.DaemonSet = agentDaemonSet("cilium:"+tag, words...) }
}

func nodeConfigs(configs ...NodeConfig) func(*Install, *Input) {
	return func(i *Install, _ *Input) { i.Objects.NodeConfigs = append(i.Objects.NodeConfigs, configs...) }
}

func peers(blocks ...string) func(*Install, *Input) {
	return func(_ *Install, in *Input) { in.Peers = []Peer{{Name: "network/eu-us", Blocks: prefixes(blocks...)}} }
}

func vpc(primary string, secondary ...string) func(*Install, *Input) {
	return func(_ *Install, in *Input) {
		in.VPC = VPC{Primary: prefix(primary), Blocks: append(prefixes(primary), prefixes(secondary...)...)}
	}
}

func policy(p Policy) func(*Install, *Input) {
	return func(_ *Install, in *Input) { in.Policy = p }
}

func live(values ...string) func(*Install, *Input) {
	return func(_ *Install, in *Input) { in.Live = prefixes(values...) }
}

// inForce is a value of ours that nodes read which start now.
func inForce(value string) func(*Install, *Input) {
	return func(i *Install, in *Input) {
		nodeConfigs(ours(testOwner, prefix(value), Selection{Mode: SelectAllBut}))(i, in)
		live(value)(i, in)
	}
}

func routes(list ...Route) func(*Install, *Input) {
	return func(_ *Install, in *Input) { in.Routes = list }
}

func aws(daemonSet *appsv1.DaemonSet) func(*Install, *Input) {
	return func(i *Install, _ *Input) { i.AWSNode = daemonSet }
}

func noCilium(i *Install, _ *Input) { i.DaemonSet = nil }

// masqAgent asks for the list of the ip-masq-agent, which holds the text.
func masqAgent(text string) func(*Install, *Input) {
	return func(i *Install, in *Input) {
		in.Policy.Strategy = StrategyIPMasqAgent
		options("enable-ip-masq-agent", "true", "enable-bpf-masquerade", "true")(i, in)
		i.Objects.ConfigMaps["kube-system/ip-masq-agent"] = map[string]string{"config": text}
	}
}

// marked has us have added a block to the list.
func marked(block string) func(*Install, *Input) {
	return func(i *Install, _ *Input) {
		mark := fmt.Sprintf(`{"installation":%q,"uid":%q,"cidrs":[%q],"since":"2026-11-01T00:00:00Z"}`, testOwner.InstallationID, testOwner.UID, block)
		i.Marks = map[string]map[string]string{"kube-system/ip-masq-agent": {AnnotationNonMasquerade: mark}}
	}
}

func restored(i *Install, _ *Input) { i.Owner.UID, i.Owner.PeeredCluster = "since", "another name" }

func anotherOwner(i *Install, _ *Input) { i.Owner.InstallationID = "installation-2" }

func noIPMasqConfigMap(i *Install, _ *Input) {
	delete(i.Objects.ConfigMaps, "kube-system/ip-masq-agent")
}

func agentOf(tag string) func(*Install, *Input) {
	return func(i *Install, _ *Input) { i.AgentPods = []corev1.Pod{{Spec: agentPodSpec("cilium:" + tag)}} }
}

func agentArgument(word string) func(*Install, *Input) {
	return func(i *Install, _ *Input) {
		args := &i.DaemonSet.Spec.Template.Spec.Containers[0].Args
		*args = append(*args, word)
	}
}

func agentVariable(name, value string) func(*Install, *Input) {
	return func(i *Install, _ *Input) {
		env := &i.DaemonSet.Spec.Template.Spec.Containers[0].Env
		*env = append(*env, corev1.EnvVar{Name: name, Value: value})
	}
}

// heldBy has a field manager hold the option in Cilium's ConfigMap.
func heldBy(manager string) func(*Install, *Input) {
	return func(i *Install, _ *Input) {
		i.Managed = map[string][]metav1.ManagedFieldsEntry{"kube-system/cilium-config": {managed(manager, `{"f:data":{"f:ipv4-native-routing-cidr":{}}}`)}}
	}
}

func managed(manager, fields string) metav1.ManagedFieldsEntry {
	return metav1.ManagedFieldsEntry{Manager: manager, FieldsV1: metav1.NewFieldsV1(fields)}
}

func ownAWSNode(list string) *appsv1.DaemonSet { return heldAWSNode(testOwner.FieldManager(), list) }

func foreignAWSNode(list string) *appsv1.DaemonSet { return heldAWSNode("eks", list) }

func heldAWSNode(manager, list string) *appsv1.DaemonSet {
	daemonSet := awsNode(ExcludeSNATVariable, list)
	daemonSet.ManagedFields = []metav1.ManagedFieldsEntry{
		managed("eks", `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"aws-node\"}":{"f:image":{}}}}}}}`),
		managed(manager, `{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"aws-node\"}":{"f:env":{"k:{\"name\":\"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS\"}":{"f:value":{}}}}}}}}}`),
	}
	return daemonSet
}

func unread(target string) func(*Install, *Input) {
	return func(_ *Install, in *Input) {
		in.Unread = []Unread{{Target: target, Message: "the entries of prefix list pl-1 could not be read"}}
	}
}

// parked is a DaemonSet that selects no node.
func parked(daemonSet *appsv1.DaemonSet) *appsv1.DaemonSet {
	daemonSet.Status.ObservedGeneration = 1
	return daemonSet
}

func byHandPolicy(_ *Install, in *Input) { in.Policy.WriteTo = WriteToManual }

func awaited(_ *Install, in *Input) { in.Awaited = true }

func reverter(_ *Install, in *Input) { in.RevertedBy = "argocd-controller" }

var toConfigMap = Policy{WriteTo: WriteToConfigMap}

var (
	toTGW  = Route{prefix("10.13.0.0/16"), "tgw-1", "rtb-1"}
	toNAT  = Route{prefix("0.0.0.0/0"), "nat-1", "rtb-1"}
	toOnly = Route{prefix("0.0.0.0/0"), "tgw-1", "rtb-2"}
)

func TestDecide(t *testing.T) {
	type want struct {
		Kind    Kind
		Reason  Reason
		CIDR    string
		Message string // part of it
	}
	configured := func(cidr string) want {
		return want{KindNativeRoutingCIDR, ReasonConfigured, cidr, "The desired value of ipv4-native-routing-cidr is " + cidr}
	}
	remarked := func(cidr, message string) want {
		return want{KindNativeRoutingCIDR, ReasonConfigured, cidr, message}
	}
	unneeded := func(message string) want { return want{KindNotRequired, ReasonNotRequired, "", message} }
	listed := func(kind Kind, message string) want { return want{kind, ReasonConfigured, "", message} }
	held := func(reason Reason, cidr, message string) want { return want{KindBlocked, reason, cidr, message} }
	otherInstallation := testOwner
	otherInstallation.InstallationID = "installation-2"

	for name, tc := range map[string]struct {
		in   Input
		want want
	}{
		// C1: work only where it is needed.
		"C1 the incident needs the cover of both VPCs": {scene(), configured("10.8.0.0/13")},
		"C1 no peering":                             {scene(func(_ *Install, in *Input) { in.Peers = nil }), unneeded("No peering")},
		"C1 IPv6 peers only":                        {scene(peers("fd00::/56")), unneeded("IPv6")},
		"C1 masquerading is off":                    {scene(options("enable-ipv4-masquerade", "false")), unneeded("does not masquerade")},
		"C1 no IPv4":                                {scene(options("enable-ipv4", "false")), unneeded("IPv4 disabled")},
		"C1 rules without destination since 1.21":   {scene(image("v1.21.0")), unneeded("1.21.0 routes each pod through its own interface")},
		"C1 an old agent among 1.21 still needs it": {scene(image("v1.21.0"), oldAgent), configured("10.8.0.0/13")},
		"C1 an unknown version needs it":            {scene(image("latest")), configured("10.8.0.0/13")},
		"C1 the ConfigMap covers the peer":          {scene(options(NativeRoutingKey, "10.0.0.0/8")), unneeded("ConfigMap/cilium-config sets ipv4-native-routing-cidr to 10.0.0.0/8")},
		"C1 somebody's CiliumNodeConfig covers it":  {scene(nodeConfigs(foreign("x", "10.8.0.0/13", everyNode))), unneeded("CiliumNodeConfig/x sets")},
		"C1 covered on some nodes only":             {scene(nodeConfigs(foreign("x", "10.8.0.0/13", gpuNodes))), configured("10.8.0.0/13")},
		"C1 a node that does not masquerade needs no cover": {scene(options("enable-ipv4-masquerade", "false"), nodeConfigs(
			foreign("x", "10.8.0.0/13", gpuNodes), NodeConfig{Metadata: NodeConfigMetadata{Namespace: "kube-system", Name: "y"}, Spec: NodeConfigSpec{NodeSelector: gpuNodes, Defaults: map[string]string{"enable-ipv4-masquerade": "true"}}})),
			unneeded("already contain every peer's blocks")},
		"C1 ours does not count as covered":                  {scene(nodeConfigs(ours(testOwner, prefix("10.8.0.0/13"), Selection{Mode: SelectAllBut})), live("10.8.0.0/13")), configured("10.8.0.0/13")},
		"C1 the ip-masq-agent's list covers it since 1.19":   {scene(image("v1.19.1"), options("enable-ip-masq-agent", "true", "enable-bpf-masquerade", "true")), unneeded("does not masquerade to already contain")},
		"C1 the ip-masq-agent's list makes no rules in 1.18": {scene(options("enable-ip-masq-agent", "true", "enable-bpf-masquerade", "true")), configured("10.8.0.0/13")},
		"C1 overlay pods can't be reached": {scene(options("ipam", "cluster-pool", "routing-mode", "tunnel")),
			want{KindPodAddressesNotRoutable, ReasonPodAddressesNotRoutable, "", `ipam is "cluster-pool" with routing-mode "tunnel"`}},
		"C1 no Cilium": {scene(noCilium), held(ReasonCiliumNotFound, "", "no DaemonSet cilium in namespace kube-system")},

		// Amazon's own plugin.
		"aws-node alone": {scene(noCilium, aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"aws-node that runs nowhere is no network":                     {scene(noCilium, aws(parked(awsNode()))), held(ReasonCiliumNotFound, "", "There is no DaemonSet cilium in namespace kube-system, and kube-system/aws-node runs on no node. Set spec.cilium.namespace")},
		"aws-node of ours with its nodes at zero":                      {scene(noCilium, aws(parked(ownAWSNode("10.12.0.0/16")))), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"aws-node keeps what we excluded":                              {scene(noCilium, aws(ownAWSNode("10.20.0.0/16"))), listed(KindExcludeSNAT, "must exclude 10.20.0.0/16, 10.12.0.0/16")},
		"aws-node whose list is somebody else's":                       {scene(noCilium, aws(foreignAWSNode("10.20.0.0/16"))), held(ReasonManagedElsewhere, "", "Field manager eks sets AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS of DaemonSet kube-system/aws-node, and crossvpc does not overwrite it. Set AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=10.20.0.0/16,10.12.0.0/16 (of")},
		"aws-node whose list nobody knows to hold":                     {scene(noCilium, aws(awsNode(ExcludeSNATVariable, "10.20.0.0/16"))), held(ReasonManagedElsewhere, "", "Somebody sets AWS_VPC")},
		"aws-node that excludes the peer":                              {scene(noCilium, aws(foreignAWSNode("10.8.0.0/13"))), unneeded("aws-node excludes every peer")},
		"aws-node that excludes it because of us":                      {scene(noCilium, aws(ownAWSNode("10.12.0.0/16"))), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"aws-node with external SNAT":                                  {scene(noCilium, aws(awsNode("AWS_VPC_K8S_CNI_EXTERNALSNAT", "true"))), unneeded("aws-node masquerades nothing")},
		"aws-node, and strategy None":                                  {scene(noCilium, aws(awsNode()), policy(Policy{Strategy: StrategyNone})), held(ReasonObserveOnly, "", "Set AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=10.12.0.0/16 (of DaemonSet aws-node, or env in the configuration of the EKS add-on")},
		"aws-node, by hand":                                            {scene(noCilium, aws(awsNode()), policy(Policy{WriteTo: WriteToManual})), held(ReasonManual, "", "spec.cilium.writeTo is Manual. Set AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=10.12.0.0/16")},
		"aws-node, and a strategy that is Cilium's":                    {scene(noCilium, aws(awsNode()), policy(Policy{Strategy: StrategyNativeRoutingCIDR})), held(ReasonStrategyInsufficient, "", "has no effect. Set it to Auto.")},
		"aws-node, and somebody who took ours back":                    {scene(noCilium, aws(awsNode()), reverter), held(ReasonReverted, "", "Field manager argocd-controller reverted what crossvpc had written to AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS")},
		"Cilium chained to aws-node":                                   {scene(options("cni-chaining-mode", "aws-cni", "ipam", "cluster-pool"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"chained by target":                                            {scene(options("cni-chaining-mode", "generic-veth", "cni-chaining-target", "aws-cni", "ipam", "cluster-pool"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"chained by target, with a delegated IPAM":                     {scene(options("cni-chaining-mode", "generic-veth", "cni-chaining-target", "aws-cni", "ipam", "delegated-plugin"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"chained by target, without a mode":                            {scene(options("cni-chaining-mode", "", "cni-chaining-target", "aws-cni", "ipam", "cluster-pool"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"chained to any network":                                       {scene(options("cni-chaining-mode", "", "cni-chaining-target", "*", "ipam", "cluster-pool"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"a delegated IPAM beside aws-node":                             {scene(options("ipam", "delegated-plugin"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"generic-veth with a configuration of its own beside aws-node": {scene(options("cni-chaining-mode", "generic-veth", "ipam", "cluster-pool"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"the mode in capitals":                                         {scene(options("cni-chaining-mode", "AWS-CNI", "ipam", "cluster-pool"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"chained by an argument of the agent":                          {scene(options("ipam", "cluster-pool"), agentArgument("--cni-chaining-target"), agentArgument("aws-cni"), aws(awsNode())), listed(KindExcludeSNAT, "must exclude 10.12.0.0/16")},
		"chained by target, and aws-node not found":                    {scene(options("cni-chaining-mode", "generic-veth", "cni-chaining-target", "aws-cni", "ipam", "cluster-pool")), held(ReasonMissing, "", "correct Cilium's cni.chainingMode or cni.chainingTarget")},
		"a delegated IPAM without aws-node is not routable":            {scene(options("ipam", "delegated-plugin")), want{KindPodAddressesNotRoutable, ReasonPodAddressesNotRoutable, "", `ipam is "delegated-plugin"`}},
		"a delegated IPAM, and aws-node runs nowhere":                  {scene(options("ipam", "delegated-plugin"), aws(parked(awsNode()))), want{KindPodAddressesNotRoutable, ReasonPodAddressesNotRoutable, "", `ipam is "delegated-plugin"`}},
		"portmap chains to nobody":                                     {scene(options("cni-chaining-mode", "portmap"), aws(awsNode())), configured("10.8.0.0/13")},
		"an overlay beside aws-node is an overlay":                     {scene(options("ipam", "cluster-pool"), aws(awsNode())), want{KindPodAddressesNotRoutable, ReasonPodAddressesNotRoutable, "", `ipam is "cluster-pool"`}},
		"chained, and aws-node not found":                              {scene(options("cni-chaining-mode", "aws-cni", "ipam", "cluster-pool")), held(ReasonMissing, "", "there is no DaemonSet kube-system/aws-node")},
		"a left-over aws-node beside ENI mode":                         {scene(aws(awsNode())), configured("10.8.0.0/13")},

		// The list of the ip-masq-agent, where it is asked for.
		"IPMasqAgent from 1.19 with BPF and the agent": {scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.20.0.0/16]")), listed(KindIPMasqAgent, "All nodes read it at once")},
		"IPMasqAgent before 1.19":                      {scene(masqAgent("nonMasqueradeCIDRs: []")), held(ReasonStrategyInsufficient, "", "needs Cilium 1.19 or later (this cluster has 1.18.0, where the list turns masquerading off but adds no rules). Change that, or set spec.cilium.strategy")},
		"IPMasqAgent on an old agent among new":        {scene(image("v1.20.2"), masqAgent("nonMasqueradeCIDRs: []"), agentOf("v1.18.0")), held(ReasonStrategyInsufficient, "", "(this cluster has 1.18.0,")},
		"IPMasqAgent with iptables":                    {scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: []"), options("enable-bpf-masquerade", "false")), held(ReasonStrategyInsufficient, "", "needs masquerading by BPF (Helm: bpf.masquerade=true). Change that")},
		"IPMasqAgent without the agent":                {scene(image("v1.19.1"), masqAgent(""), options("enable-ip-masq-agent", "false")), held(ReasonStrategyInsufficient, "", "needs the ip-masq-agent (Helm: ipMasqAgent.enabled=true). Change that")},
		"IPMasqAgent without a ConfigMap":              {scene(image("v1.19.1"), masqAgent(""), peers("11.1.0.0/16"), noIPMasqConfigMap), held(ReasonStrategyInsufficient, "", "needs ConfigMap ip-masq-agent (Helm: a list in")},
		"IPMasqAgent with a list that can't be read":   {scene(image("v1.19.1"), masqAgent("{")), held(ReasonStrategyInsufficient, "", "needs a readable list in ConfigMap ip-masq-agent.")},
		"IPMasqAgent by hand":                          {scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.20.0.0/16]"), byHandPolicy), held(ReasonManual, "", "Set nonMasqueradeCIDRs of ConfigMap ip-masq-agent to 10.20.0.0/16, 10.11.0.0/16, 10.12.0.0/16 (Helm: ipMasqAgent.config.nonMasqueradeCIDRs)")},
		"IPMasqAgent whose list covers because of us":  {scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.11.0.0/16, 10.12.0.0/16]"), marked("10.12.0.0/16")), listed(KindIPMasqAgent, "must contain 10.12.0.0/16")},
		"IPMasqAgent marked before a restore":          {scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.11.0.0/16, 10.12.0.0/16]"), marked("10.12.0.0/16"), restored), listed(KindIPMasqAgent, "must contain 10.12.0.0/16")},
		"IPMasqAgent marked by another installation":   {scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.11.0.0/16, 10.12.0.0/16]"), marked("10.12.0.0/16"), anotherOwner), unneeded("does not masquerade to already contain")},
		"IPMasqAgent is never picked by Auto":          {scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.20.0.0/16]"), policy(Policy{})), configured("10.8.0.0/13")},
		"IPMasqAgent whose list covers the peer":       {scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.0.0.0/8]")), unneeded("does not masquerade to already contain")},

		// Cilium's own ConfigMap, and a person.
		"writeTo ConfigMap":                              {scene(policy(toConfigMap)), configured("10.8.0.0/13")},
		"writeTo ConfigMap says what it costs":           {scene(policy(toConfigMap)), want{KindNativeRoutingCIDR, ReasonConfigured, "10.8.0.0/13", "it cannot be held back"}},
		"writeTo ConfigMap costs less with the fix":      {scene(image("v1.20.2"), policy(toConfigMap)), want{KindNativeRoutingCIDR, ReasonConfigured, "10.8.0.0/13", "this version then renews the rules of its pods"}},
		"writeTo ConfigMap where overrides are blocked":  {scene(image("v1.18.0", "--source=config-map:cilium-config"), policy(toConfigMap)), configured("10.8.0.0/13")},
		"writeTo ConfigMap, and Helm sets the option":    {scene(options(NativeRoutingKey, "10.11.0.0/16"), heldBy("helm"), policy(toConfigMap)), held(ReasonManagedElsewhere, "10.8.0.0/13", `Field manager helm sets ipv4-native-routing-cidr to "10.11.0.0/16" in ConfigMap/cilium-config, and crossvpc does not overwrite it. Set it to 10.8.0.0/13 there (Helm: ipv4NativeRoutingCIDR=10.8.0.0/13)`)},
		"writeTo ConfigMap, and we set the option":       {scene(options(NativeRoutingKey, "10.8.0.0/13"), heldBy(testOwner.FieldManager()), policy(toConfigMap)), configured("10.8.0.0/13")},
		"writeTo ConfigMap under a CiliumNodeConfig":     {scene(nodeConfigs(foreign("a", "10.11.0.0/16", gpuNodes)), policy(toConfigMap)), held(ReasonManagedElsewhere, "10.8.0.0/13", "CiliumNodeConfig/a sets")},
		"writeTo ConfigMap under an option in extraArgs": {scene(agentArgument("--ipv4-native-routing-cidr=10.11.0.0/16"), policy(toConfigMap)), held(ReasonManagedElsewhere, "10.8.0.0/13", "DaemonSet/cilium sets")},
		"writeTo ConfigMap, and somebody took it back":   {scene(policy(toConfigMap), reverter), held(ReasonReverted, "10.8.0.0/13", "Field manager argocd-controller reverted what crossvpc had written to ipv4-native-routing-cidr in ConfigMap/cilium-config, and crossvpc does not write it again")},
		"writeTo Manual": {scene(byHandPolicy), held(ReasonManual, "10.8.0.0/13", "Set ipv4-native-routing-cidr to 10.8.0.0/13 (Helm: ipv4NativeRoutingCIDR=10.8.0.0/13)")},
		"writeTo Manual, and it covers from the start":  {scene(byHandPolicy, options(NativeRoutingKey, "10.0.0.0/8")), unneeded("ConfigMap/cilium-config sets")},
		"writeTo Manual, and it was set when asked for": {scene(byHandPolicy, awaited, options(NativeRoutingKey, "10.0.0.0/8")), want{KindNativeRoutingCIDR, ReasonConfigured, "10.0.0.0/8", "ConfigMap/cilium-config sets ipv4-native-routing-cidr to 10.0.0.0/8"}},
		"strategy None":         {scene(policy(Policy{Strategy: StrategyNone})), held(ReasonObserveOnly, "10.8.0.0/13", "(Helm: ipv4NativeRoutingCIDR=10.8.0.0/13)")},
		"the explicit defaults": {scene(policy(Policy{Strategy: StrategyNativeRoutingCIDR, WriteTo: WriteToNodeConfig})), configured("10.8.0.0/13")},

		// C2: what the value contains.
		"C2 the value in force without us":          {scene(options(NativeRoutingKey, "10.11.0.0/16"), vpc("10.11.0.0/16"), peers("10.10.0.0/16")), configured("10.10.0.0/15")},
		"C2 a wider value in force without us":      {scene(options(NativeRoutingKey, "10.0.0.0/12"), peers("10.20.0.0/16")), configured("10.0.0.0/11")},
		"C2 the value of a node pool without nodes": {scene(nodeConfigs(foreign("pool", "10.32.0.0/16", nobody))), configured("10.0.0.0/10")},
		"C2 what we wrote for a peer that is gone":  {scene(live("10.0.0.0/12"), peers("10.10.0.0/16")), configured("10.0.0.0/12")},
		"C2 the IPv6 blocks of a peer are left out": {scene(peers("10.12.0.0/16", "fd00::/56")), configured("10.8.0.0/13")},
		"C2 all peers": {scene(peers("10.12.0.0/16", "10.40.0.0/16")), configured("10.0.0.0/10")},
		"C2 a secondary block of ours need not fit in": {scene(vpc("10.11.0.0/16", "100.64.0.0/16")), configured("10.8.0.0/13")},
		"C2 a peer's secondary block must":             {scene(peers("10.12.0.0/16", "100.64.0.0/16")), held(ReasonNoSafeCIDR, "", "0.0.0.0/1, which is wider than /8")},
		"C2 10/8 and 172.16/12 have no sane cover":     {scene(peers("172.16.0.0/16")), held(ReasonNoSafeCIDR, "", "enableIPv4Masquerade=false")},
		"C2 the shortest length can be set":            {scene(policy(Policy{MinLength: 14})), held(ReasonNoSafeCIDR, "", "10.8.0.0/13, which is wider than /14")},
		"C2 public space is not swallowed":             {scene(vpc("11.0.0.0/16"), peers("11.1.0.0/16", "11.3.0.0/16")), held(ReasonNoSafeCIDR, "", "public address space (11.2.0.0/16)")},
		"C2 public blocks that are required may be in": {scene(vpc("11.0.0.0/16"), peers("11.1.0.0/16")), configured("11.0.0.0/15")},
		"C2 a malformed value stops it":                {scene(options(NativeRoutingKey, "10.11.0.0/16,10.12.0.0/16")), held(ReasonNoSafeCIDR, "", `"10.11.0.0/16,10.12.0.0/16", which is not one IPv4 CIDR`)},
		"C2 the VPC's block is not known yet":          {scene(func(_ *Install, in *Input) { in.VPC = VPC{} }), held(ReasonClusterNotResolved, "", "primary block is not known")},

		// A pin is held to the same rules.
		"pin that contains everything":            {scene(policy(Policy{Pin: prefix("10.0.0.0/8")})), configured("10.0.0.0/8")},
		"pin without the peer":                    {scene(policy(Policy{Pin: prefix("10.11.0.0/16")})), held(ReasonNoSafeCIDR, "", "does not contain 10.12.0.0/16 (a block of peering network/eu-us). Pin 10.8.0.0/13")},
		"pin without the primary block":           {scene(policy(Policy{Pin: prefix("10.12.0.0/16")})), held(ReasonNoSafeCIDR, "", "does not contain 10.11.0.0/16 (the VPC's primary block)")},
		"pin narrower than what holds without us": {scene(options(NativeRoutingKey, "10.0.0.0/12"), peers("10.20.0.0/16"), policy(Policy{Pin: prefix("10.8.0.0/13")})), held(ReasonNoSafeCIDR, "", "10.0.0.0/12 (the value in force without crossvpc)")},
		"pin narrower than what is live":          {scene(live("10.0.0.0/8"), policy(Policy{Pin: prefix("10.8.0.0/13")})), held(ReasonNoSafeCIDR, "", "10.0.0.0/8 (the value that is live)")},
		"pin of everything":                       {scene(policy(Policy{Pin: prefix("0.0.0.0/0")})), held(ReasonNoSafeCIDR, "", "is 0.0.0.0/0, which is wider than /8 and would stop masquerading for too much address space. Pin 10.8.0.0/13")},
		"pin with host bits is masked":            {scene(policy(Policy{Pin: netip.MustParsePrefix("10.9.1.2/13")})), configured("10.8.0.0/13")},

		// C3: collateral.
		"C3 a route into the rest of the cover stops it":   {scene(routes(toTGW)), held(ReasonCollateralRoutes, "10.8.0.0/13", "10.13.0.0/16 by rtb-1 to tgw-1")},
		"C3 a NAT gateway hides the source anyway":         {scene(routes(toNAT)), configured("10.8.0.0/13")},
		"C3 a default route to a transit gateway does not": {scene(routes(toOnly)), held(ReasonCollateralRoutes, "10.8.0.0/13", "10.8.0.0/15, 10.10.0.0/16, 10.13.0.0/16, 10.14.0.0/15")},
		"C3 local and the peer's own route are no loss":    {scene(routes(Route{prefix("10.11.0.0/16"), "local", "rtb-1"}, Route{prefix("10.12.0.0/16"), "pcx-1", "rtb-1"})), configured("10.8.0.0/13")},
		"C3 another peering is":                            {scene(routes(Route{prefix("10.14.0.0/16"), "pcx-9", "rtb-1"})), held(ReasonCollateralRoutes, "10.8.0.0/13", "pcx-9")},
		"C3 a route elsewhere is not":                      {scene(routes(Route{prefix("172.16.0.0/12"), "tgw-1", "rtb-1"})), configured("10.8.0.0/13")},
		"C3 it may be acknowledged":                        {scene(routes(toTGW), policy(Policy{Acknowledged: prefixes("10.13.0.0/16")})), configured("10.8.0.0/13")},
		"C3 what can't be read may be collateral":          {scene(unread("tgw-1")), held(ReasonCollateralRoutes, "10.8.0.0/13", "the entries of prefix list pl-1 could not be read. crossvpc retries until it can be read. To accept the risk, add 10.8.0.0/13 to spec.cilium.acknowledgedCIDRs")},
		"C3 behind a NAT gateway it can't be":              {scene(unread("nat-1")), configured("10.8.0.0/13")},
		"C3 it may be acknowledged unread":                 {scene(unread("tgw-1"), policy(Policy{Acknowledged: prefixes("10.0.0.0/8")})), configured("10.8.0.0/13")},
		"C3 what is live stays":                            {scene(unread("tgw-1"), live("10.8.0.0/13")), configured("10.8.0.0/13")},
		"C3 in parts it may not":                           {scene(routes(toTGW), policy(Policy{Acknowledged: prefixes("10.13.0.0/17")})), held(ReasonCollateralRoutes, "10.8.0.0/13", "traffic to 10.13.128.0/17 would also stop being masqueraded")},
		"C3 what lost it before us is no loss":             {scene(options(NativeRoutingKey, "10.8.0.0/14"), peers("10.12.0.0/16", "10.13.0.0/16"), routes(Route{prefix("10.10.0.0/16"), "tgw-1", "rtb-1"})), configured("10.8.0.0/13")},
		"C3 a value on trial is checked again":             {scene(live("10.8.0.0/13"), routes(toTGW)), held(ReasonCollateralRoutes, "10.8.0.0/13", "tgw-1")},
		"C3 what is in force is a remark":                  {scene(inForce("10.8.0.0/13"), routes(toTGW)), remarked("10.8.0.0/13", "Traffic to 10.13.0.0/16 is not masqueraded either, and routes lead there (10.13.0.0/16 by rtb-1 to tgw-1): the value in force contains it")},
		"C3 also after the peering it was for has left":    {scene(inForce("10.8.0.0/13"), peers("10.10.0.0/16"), routes(Route{prefix("10.12.0.0/14"), "tgw-1", "rtb-1"})), remarked("10.8.0.0/13", "Traffic to 10.12.0.0/14 is not masqueraded either")},
		"C3 what comes on top of it stops the write":       {scene(inForce("10.10.0.0/15"), routes(Route{prefix("10.8.0.0/14"), "tgw-1", "rtb-1"})), held(ReasonCollateralRoutes, "10.8.0.0/13", "traffic to 10.8.0.0/15 would also stop")},
		"C3 a secondary block of ours is no loss":          {scene(vpc("10.11.0.0/16", "10.13.0.0/16"), routes(Route{prefix("10.13.0.0/16"), "tgw-1", "rtb-1"})), configured("10.8.0.0/13")},

		// C4: other writers.
		"C4 a CiliumNodeConfig that sorts before ours loses":    {scene(nodeConfigs(foreign("gpu", "10.11.0.0/16", everyNode))), configured("10.8.0.0/13")},
		"C4 one that sorts after ours wins":                     {scene(nodeConfigs(foreign("zzz", "10.11.0.0/16", everyNode))), held(ReasonManagedElsewhere, "10.8.0.0/13", "CiliumNodeConfig/zzz sets ipv4-native-routing-cidr to \"10.11.0.0/16\", which takes precedence")},
		"C4 one that wins for nodes to come":                    {scene(nodeConfigs(foreign("zzz", "10.11.0.0/16", nobody))), held(ReasonManagedElsewhere, "10.8.0.0/13", "zzz")},
		"C4 one that wins and covers is no obstacle":            {scene(nodeConfigs(foreign("zzz", "10.8.0.0/13", gpuNodes))), configured("10.8.0.0/13")},
		"C4 another installation is not fought":                 {scene(nodeConfigs(ours(otherInstallation, prefix("10.10.0.0/15"), Selection{Mode: SelectAllBut}))), held(ReasonManagedElsewhere, "10.8.0.0/13", "which takes precedence over crossvpc")},
		"C4 the allow list leaves the key out":                  {scene(image("v1.18.0", "--allow-config-keys=debug")), held(ReasonOverridesBlocked, "10.8.0.0/13", "daemon.configSources")},
		"C4 the deny list has the key":                          {scene(image("v1.18.0", "--deny-config-keys=ipv4-native-routing-cidr")), held(ReasonOverridesBlocked, "10.8.0.0/13", "(Helm: ipv4NativeRoutingCIDR=10.8.0.0/13)")},
		"C4 an argument of the agent fixes it":                  {scene(agentArgument("--ipv4-native-routing-cidr=10.11.0.0/16")), held(ReasonManagedElsewhere, "10.8.0.0/13", `DaemonSet/cilium sets ipv4-native-routing-cidr to "10.11.0.0/16" by the argument --ipv4-native-routing-cidr of the agent (Helm: extraArgs), which takes precedence over every ConfigMap and CiliumNodeConfig. Set it to 10.8.0.0/13 there, or remove it.`)},
		"C4 two words are one argument":                         {scene(agentArgument("--ipv4-native-routing-cidr"), agentArgument("10.11.0.0/16")), held(ReasonManagedElsewhere, "10.8.0.0/13", "(Helm: extraArgs)")},
		"C4 so does a variable of the agent":                    {scene(agentVariable("CILIUM_IPV4_NATIVE_ROUTING_CIDR", "10.11.0.0/16")), held(ReasonManagedElsewhere, "10.8.0.0/13", "by the variable CILIUM_IPV4_NATIVE_ROUTING_CIDR of the agent (Helm: extraEnv)")},
		"C4 the argument is named to whoever writes by hand":    {scene(agentArgument("--ipv4-native-routing-cidr=10.11.0.0/16"), policy(Policy{WriteTo: WriteToManual})), held(ReasonManagedElsewhere, "10.8.0.0/13", "(Helm: extraArgs)")},
		"C4 the argument is named to whoever wants nothing set": {scene(agentArgument("--ipv4-native-routing-cidr=10.11.0.0/16"), policy(Policy{Strategy: StrategyNone})), held(ReasonManagedElsewhere, "10.8.0.0/13", "(Helm: extraArgs)")},
		"C4 an argument that covers the peer is enough":         {scene(agentArgument("--ipv4-native-routing-cidr"), agentArgument("10.8.0.0/13")), unneeded("DaemonSet/cilium sets ipv4-native-routing-cidr to 10.8.0.0/13")},
		"C4 an agent without a directory reads nothing":         {scene(func(i *Install, _ *Input) { i.DaemonSet.Spec.Template.Spec.Containers[0].Args = []string{"--ipam=eni"} }), held(ReasonOverridesBlocked, "10.8.0.0/13", "have no argument --config-dir")},
		"C1 masquerading is off by an argument":                 {scene(agentArgument("--enable-ipv4-masquerade=false")), unneeded("does not masquerade")},
		"C1 masquerading is on by an argument without a value":  {scene(options("enable-ipv4-masquerade", "false"), agentArgument("--enable-ipv4-masquerade")), configured("10.8.0.0/13")},
		"C4 CiliumNodeConfigs are no source":                    {scene(image("v1.18.0", "--source=config-map:cilium-config")), held(ReasonOverridesBlocked, "10.8.0.0/13", "")},
		"C4 a later ConfigMap wins": {scene(image("v1.18.0", "--source=cilium-node-config,config-map"), options(NativeRoutingKey, "10.11.0.0/16")),
			held(ReasonManagedElsewhere, "10.8.0.0/13", "ConfigMap/cilium-config sets")},
	} {
		t.Run(name, func(t *testing.T) {
			d := Decide(tc.in)
			cidr := ""
			if d.CIDR.IsValid() {
				cidr = d.CIDR.String()
			}
			got := want{d.Kind, d.Reason, cidr, tc.want.Message}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nmessage: %s", diff, d.Message)
			}
			if !strings.Contains(d.Message, tc.want.Message) {
				t.Errorf("message %q does not say %q", d.Message, tc.want.Message)
			}
			if len(d.List) > 0 != (d.Revision != RevisionOf(d.CIDR)) || len(d.List) == 0 && (d.Revision == "") != !d.CIDR.IsValid() {
				t.Errorf("revision %q of %s", d.Revision, d.CIDR)
			}
		})
	}
}

func TestC3NothingIsRemarkedOfWhatIsAcknowledgedOrNotReached(t *testing.T) {
	plain := Decide(scene(inForce("10.8.0.0/13"))).Message
	for _, in := range []Input{
		scene(inForce("10.8.0.0/13"), routes(toTGW), policy(Policy{Acknowledged: prefixes("10.13.0.0/16")})),
		scene(inForce("10.8.0.0/13"), routes(toNAT)),
	} {
		if got := Decide(in).Message; got != plain {
			t.Errorf("said: %s", got)
		}
	}
}

func TestC3CollateralNamesBlocksAndRoutesOnceAndInOrder(t *testing.T) {
	in := scene(routes(toOnly, toTGW, toNAT, toTGW), policy(Policy{Acknowledged: prefixes("10.8.0.0/14", "10.13.0.0/17")}))
	d := Decide(in)
	want := []Collateral{
		{prefix("10.8.0.0/15"), toOnly, true},
		{prefix("10.10.0.0/16"), toOnly, true},
		{prefix("10.13.0.0/17"), toTGW, true},
		{prefix("10.13.0.0/17"), toOnly, true},
		{prefix("10.13.128.0/17"), toTGW, false},
		{prefix("10.13.128.0/17"), toOnly, false},
		{prefix("10.14.0.0/15"), toOnly, false},
	}
	if diff := cmp.Diff(want, d.Collateral, samePrefix); diff != "" {
		t.Error(diff)
	}
	wantMessage := "With 10.8.0.0/13, traffic to 10.13.128.0/17, 10.14.0.0/15 would also stop being masqueraded, and routes lead there " +
		"(10.13.0.0/16 by rtb-1 to tgw-1, 0.0.0.0/0 by rtb-2 to tgw-1). If hosts there may see pod addresses, add the blocks to spec.cilium.acknowledgedCIDRs."
	if d.Message != wantMessage {
		t.Error(d.Message)
	}
}

func TestUncoveredListsIPv6BlocksThatNothingIsWrittenFor(t *testing.T) {
	both := peers("10.12.0.0/16", "fd00:1::/56", "fd00:2::/56")
	for name, tc := range map[string]struct {
		in   Input
		want []netip.Prefix
	}{
		"IPv4 only":                             {scene(), nil},
		"pods without IPv6":                     {scene(both), prefixes("fd00:1::/56", "fd00:2::/56")},
		"pods without IPv6, masqueraded or not": {scene(both, options("enable-ipv6-masquerade", "false")), prefixes("fd00:1::/56", "fd00:2::/56")},
		"IPv6 masqueraded":                      {scene(both, options("enable-ipv6", "true")), prefixes("fd00:1::/56", "fd00:2::/56")},
		"in part inside the native IPv6":        {scene(both, options("enable-ipv6", "true", "ipv6-native-routing-cidr", "fd00:1::/32")), prefixes("fd00:2::/56")},
		"IPv6 not masqueraded":                  {scene(both, options("enable-ipv6", "true", "enable-ipv6-masquerade", "false")), nil},
		"reported where nothing is required":    {scene(both, options("enable-ipv4-masquerade", "false")), prefixes("fd00:1::/56", "fd00:2::/56")},
	} {
		t.Run(name, func(t *testing.T) {
			got := Decide(tc.in).Uncovered
			if len(got) == 0 {
				got = nil
			}
			if d := cmp.Diff(tc.want, got, samePrefix); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMessagesAreBounded(t *testing.T) {
	var many []Route
	var blocks []string
	for i := range 200 {
		many = append(many, Route{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 13, byte(i), 0}), 24), "tgw-1", "rtb-1"})
		blocks = append(blocks, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 12, byte(i), 0}), 25).String())
	}
	for _, in := range []Input{scene(routes(many...)), scene(peers(blocks...)), scene(peers(blocks...), policy(Policy{Strategy: StrategyNone}))} {
		if d := Decide(in); len(d.Message) > 600 {
			t.Errorf("%d characters: %s", len(d.Message), d.Message)
		}
	}
}
