package cilium

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

var samePrefix = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestFactsOfAnENIInstall(t *testing.T) {
	facts := Observe(install("1.18.0", eniConfig))
	if !facts.Found || facts.Version.String() != "1.18.0" || facts.IPAM != IPAMENI || facts.RoutingMode != "native" ||
		facts.Chaining != "none" || facts.Masquerade != MasqueradeIPTables || !facts.EndpointRoutes || facts.IPMasqAgent ||
		!facts.IPv4 || facts.IPv6 || !facts.Traits.DestinationScopedRules {
		t.Errorf("%+v", facts)
	}
	if len(facts.Nodes) != 3 || facts.Nodes[0].Baseline != (NativeCIDR{}) {
		t.Errorf("%+v", facts.Nodes)
	}
}

func TestFactsOfMissingOptionsAreTheAgentsDefaults(t *testing.T) {
	facts := Observe(install("1.18.0", nil))
	if facts.IPAM != "cluster-pool" || facts.RoutingMode != "tunnel" || facts.Masquerade != MasqueradeIPTables || facts.EndpointRoutes || !facts.IPv4 || !facts.IPv6 || !facts.MasqueradeIPv6 {
		t.Errorf("%+v", facts)
	}
}

func TestMasquerade(t *testing.T) {
	gpuOff := NodeConfig{Metadata: NodeConfigMetadata{Namespace: "kube-system", Name: "gpu"}, Spec: NodeConfigSpec{NodeSelector: gpuNodes, Defaults: map[string]string{"enable-ipv4-masquerade": "false"}}}
	for name, tc := range map[string]struct {
		config  map[string]string
		configs []NodeConfig
		want    Masquerade
	}{
		"on, by iptables":             {eniConfig, nil, MasqueradeIPTables},
		"on, by BPF":                  {with(eniConfig, "enable-bpf-masquerade", "true"), nil, MasqueradeBPF},
		"missing means on":            {with(eniConfig, "enable-ipv4-masquerade", ""), nil, MasqueradeIPTables},
		"off":                         {with(eniConfig, "enable-ipv4-masquerade", "false"), nil, MasqueradeDisabled},
		"off where there is no IPv4":  {with(eniConfig, "enable-ipv4", "false"), nil, MasqueradeDisabled},
		"off on one node is still on": {eniConfig, []NodeConfig{gpuOff}, MasqueradeIPTables},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Observe(install("1.18.0", tc.config, tc.configs...)).Masquerade; got != tc.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestTheEffectiveValueIsPerNodeAndTheBaselineIsWithoutOurs(t *testing.T) {
	facts := Observe(install("1.18.0", with(eniConfig, NativeRoutingKey, "10.11.0.0/16"),
		foreign("gpu", "10.10.0.0/15", gpuNodes),
		foreign("selects-nothing", "10.0.0.0/9", nil),
		ours(testOwner, prefix("10.8.0.0/13"), Selection{SelectAllBut, []string{"b"}}),
		ours(testOwner, prefix("10.0.0.0/12"), Selection{SelectCanary, []string{"none"}}),
	))
	type row struct{ Baseline, Effective NativeCIDR }
	got := map[string]row{}
	for _, node := range facts.Nodes {
		got[node.Node.Name] = row{node.Baseline, node.Effective}
	}
	configMap := NativeCIDR{CIDR: prefix("10.11.0.0/16"), Source: "ConfigMap/cilium-config"}
	wide := NativeCIDR{CIDR: prefix("10.8.0.0/13"), Source: "CiliumNodeConfig/" + testOwner.Name(prefix("10.8.0.0/13"))}
	want := map[string]row{
		"a": {configMap, wide},
		"b": {configMap, configMap},
		"c": {NativeCIDR{CIDR: prefix("10.10.0.0/15"), Source: "CiliumNodeConfig/gpu"}, wide},
	}
	if d := cmp.Diff(want, got, samePrefix); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(prefixes("10.11.0.0/16", "10.10.0.0/15"), facts.Baselines(), samePrefix); d != "" {
		t.Error(d)
	}
	if len(facts.Writers) != 1 || facts.Writers[0].Metadata.Name != "gpu" {
		t.Errorf("ours is no foreign writer: %+v", facts.Writers)
	}
	if got := facts.Boot; got != wide {
		t.Errorf("a new node boots with %+v", got)
	}
}

func TestAMalformedValueIsKeptForTheMessage(t *testing.T) {
	facts := Observe(install("1.18.0", with(eniConfig, NativeRoutingKey, "10.11.0.0/16,10.12.0.0/16")))
	if d := cmp.Diff(NativeCIDR{Source: "ConfigMap/cilium-config", Malformed: "10.11.0.0/16,10.12.0.0/16"}, facts.Nodes[0].Baseline, samePrefix); d != "" {
		t.Error(d)
	}
}

func TestANodeThatJoinsIsHeldBackByNobody(t *testing.T) {
	wide := prefix("10.8.0.0/13")
	for name, tc := range map[string]struct {
		selection Selection
		want      netip.Prefix
	}{
		"every node of today is held back": {Selection{SelectAllBut, []string{"a", "b", "c"}}, wide},
		"the first node is the canary":     {Selection{SelectCanary, []string{"a"}}, netip.Prefix{}},
	} {
		if got := Observe(install("1.18.0", eniConfig, ours(testOwner, wide, tc.selection))).Boot.CIDR; got != tc.want {
			t.Errorf("%s: boots with %s", name, got)
		}
		if got := InForce([]Revision{{wide, tc.selection}}); got != tc.want {
			t.Errorf("%s: in force is %s", name, got)
		}
	}
	if got := InForce([]Revision{{prefix("10.0.0.0/12"), Selection{Mode: SelectAllBut}}, {wide, Selection{Mode: SelectAllBut}}}); got != prefix("10.0.0.0/12") {
		t.Errorf("the wider value is in force, not %s", got)
	}
}

func TestWithoutNodesTheConfigMapCounts(t *testing.T) {
	in := install("1.18.0", with(eniConfig, NativeRoutingKey, "10.11.0.0/16"))
	in.Nodes = nil
	if got := Observe(in).Boot.CIDR; got != prefix("10.11.0.0/16") {
		t.Errorf("got %s", got)
	}
}

func TestAgentPodsOfAnotherVersionLowerTheTraits(t *testing.T) {
	in := install("1.20.2", eniConfig)
	in.AgentPods = []corev1.Pod{{Spec: agentPodSpec("quay.io/cilium/cilium:v1.20.2")}, {Spec: agentPodSpec("quay.io/cilium/cilium:v1.20.1")}}
	facts := Observe(in)
	if facts.Version.String() != "1.20.2" || facts.Traits.RestoreFix || len(facts.Agents) != 2 {
		t.Errorf("%+v", facts)
	}
}

func TestIPMasqAgentList(t *testing.T) {
	for name, tc := range map[string]struct {
		data map[string]string
		want []netip.Prefix
	}{
		"a list in YAML":              {map[string]string{"config": "nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- 172.16.0.0/12\nmasqLinkLocal: true\n"}, prefixes("10.0.0.0/8", "172.16.0.0/12")},
		"a list in JSON":              {map[string]string{"config": `{"nonMasqueradeCIDRs": ["10.0.0.0/8"]}`}, prefixes("10.0.0.0/8")},
		"an empty list is none":       {map[string]string{"config": "nonMasqueradeCIDRs: []"}, nil},
		"what can't be read is none":  {map[string]string{"config": "{"}, nil},
		"a CIDR that is none is none": {map[string]string{"config": "nonMasqueradeCIDRs: [x]"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := install("1.19.1", with(eniConfig, "enable-ip-masq-agent", "true"))
			in.Objects.ConfigMaps["kube-system/ip-masq-agent"] = tc.data
			got := Observe(in).IPMasq.CIDRs
			if len(got) == 0 {
				got = nil
			}
			if d := cmp.Diff(tc.want, got, samePrefix); d != "" {
				t.Error(d)
			}
		})
	}
	if got := Observe(install("1.19.1", with(eniConfig, "enable-ip-masq-agent", "true"))).IPMasq.CIDRs; len(got) != 11 {
		t.Errorf("without a file the agent has 11 built-in blocks, not %d", len(got))
	}
	if got := Observe(install("1.19.1", eniConfig)).IPMasq.CIDRs; got != nil {
		t.Errorf("the agent is off and yet it has %v", got)
	}
}

func awsNode(env ...string) *appsv1.DaemonSet {
	container := corev1.Container{Name: "aws-node"}
	for i := 0; i < len(env); i += 2 {
		container.Env = append(container.Env, corev1.EnvVar{Name: env[i], Value: env[i+1]})
	}
	return &appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "aws-eks-nodeagent", Env: []corev1.EnvVar{{Name: "AWS_VPC_K8S_CNI_EXTERNALSNAT", Value: "true"}}}, container},
	}}}}
}

func TestAWSNodeIsReadFromItsEnvironment(t *testing.T) {
	got := Observe(Install{AWSNode: awsNode("AWS_VPC_K8S_CNI_EXTERNALSNAT", "false", "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", "10.12.0.0/16, 10.13.0.0/16,x")})
	want := &AWSNode{ExcludeSNATCIDRs: prefixes("10.12.0.0/16", "10.13.0.0/16"), Others: []string{"somebody"}}
	if d := cmp.Diff(want, got.AWSNode, samePrefix); d != "" || got.Found {
		t.Errorf("found %v: %s", got.Found, d)
	}
	if got := Observe(Install{AWSNode: awsNode("AWS_VPC_K8S_CNI_EXTERNALSNAT", "true")}); !got.AWSNode.ExternalSNAT {
		t.Error("external SNAT was not seen")
	}
	byHand := awsNode()
	byHand.Spec.UpdateStrategy.Type = appsv1.OnDeleteDaemonSetStrategyType
	if got := Observe(Install{AWSNode: byHand}); !got.AWSNode.OnDelete {
		t.Error("that nobody rolls it out was not seen")
	}
}
