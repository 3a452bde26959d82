package cilium

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestSourcesOfReadsTheInitContainer(t *testing.T) {
	standard := []Source{
		{SourceConfigMap, "kube-system", "cilium-config"},
		{SourceNodeConfig, "kube-system", ""},
	}
	for name, tc := range map[string]struct {
		words []string
		want  Sources
	}{
		"without flags: ConfigMap, then CiliumNodeConfigs": {nil, Sources{List: standard}},
		"an allow list and a deny list": {
			[]string{"--allow-config-keys=debug,ipam", "--deny-config-keys", "mtu"},
			Sources{List: standard, Allow: []string{"debug", "ipam"}, Deny: []string{"mtu"}},
		},
		"sources are read with their defaults": {
			[]string{"--source=config-map,cilium-node-config,node"},
			Sources{List: []Source{{SourceConfigMap, "kube-system", "cilium-config"}, {SourceNodeConfig, "kube-system", ""}, {SourceNode, "kube-system", ""}}},
		},
		"sources are read with names": {
			[]string{"--source=config-map:base,config-map:net/extra", "--source=cilium-node-config:net,cilium-node-config:net/one"},
			Sources{List: []Source{{SourceConfigMap, "kube-system", "base"}, {SourceConfigMap, "net", "extra"}, {SourceNodeConfig, "net", ""}, {SourceNodeConfig, "net", "one"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.want.Flags = map[string]string{"config-dir": "/tmp/cilium/config-map"}
			if d := cmp.Diff(tc.want, SourcesOf(agentDaemonSet("cilium:v1.18.0", tc.words...))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWithoutTheInitContainerOnlyTheMountedConfigMapIsRead(t *testing.T) {
	daemonSet := agentDaemonSet("cilium:v1.18.0")
	daemonSet.Spec.Template.Spec.InitContainers = daemonSet.Spec.Template.Spec.InitContainers[1:]
	daemonSet.Spec.Template.Spec.Volumes = []corev1.Volume{{Name: "cilium-config-path", VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "mine"}},
	}}}
	sources := SourcesOf(daemonSet)
	if d := cmp.Diff([]Source{{SourceConfigMap, "kube-system", "mine"}}, sources.List); d != "" {
		t.Error(d)
	}
	if sources.ReadsNodeConfigs("kube-system", NativeRoutingKey) {
		t.Error("CiliumNodeConfigs are not read")
	}
}

func TestReadsNodeConfigs(t *testing.T) {
	for name, tc := range map[string]struct {
		words []string
		want  bool
	}{
		"by default":                               {nil, true},
		"the key is allowed":                       {[]string{"--allow-config-keys=ipv4-native-routing-cidr"}, true},
		"other keys are allowed":                   {[]string{"--allow-config-keys=debug"}, false},
		"the key is denied":                        {[]string{"--deny-config-keys=ipv4-native-routing-cidr"}, false},
		"an allow list makes the deny list void":   {[]string{"--allow-config-keys=ipv4-native-routing-cidr", "--deny-config-keys=ipv4-native-routing-cidr"}, true},
		"the first source may set anything":        {[]string{"--source=cilium-node-config,config-map", "--deny-config-keys=ipv4-native-routing-cidr"}, true},
		"another namespace's objects are not ours": {[]string{"--source=config-map,cilium-node-config:net"}, false},
		"one object by name is not any object":     {[]string{"--source=config-map,cilium-node-config:kube-system/one"}, false},
		"the ConfigMap alone":                      {[]string{"--source=config-map:cilium-config"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			sources := SourcesOf(agentDaemonSet("cilium:v1.18.0", tc.words...))
			if got := sources.ReadsNodeConfigs("kube-system", NativeRoutingKey); got != tc.want {
				t.Errorf("got %v for %+v", got, sources)
			}
		})
	}
	daemonSet := agentDaemonSet("cilium:v1.18.0")
	daemonSet.Spec.Template.Spec.Containers[0].Args = []string{"--ipv4-native-routing-cidr=10.0.0.0/8"}
	if SourcesOf(daemonSet).ReadsNodeConfigs("kube-system", NativeRoutingKey) {
		t.Error("a flag of the agent wins over every source")
	}
}

func TestResolveOverridesAsTheInitContainerDoes(t *testing.T) {
	none := &metav1.LabelSelector{MatchLabels: map[string]string{"pool": "none"}}
	annotated := testNode("a")
	annotated.Labels["config.cilium.io/ipv4-native-routing-cidr"] = "10.1.0.0/16"
	annotated.Annotations = map[string]string{"config.cilium.io/ipv4-native-routing-cidr": "10.2.0.0/16"}
	for name, tc := range map[string]struct {
		words   []string
		configs []NodeConfig
		node    Node
		want    Option
	}{
		"the ConfigMap by itself":               {nil, nil, testNode("a"), Option{"10.11.0.0/16", "ConfigMap/cilium-config"}},
		"a CiliumNodeConfig wins":               {nil, []NodeConfig{foreign("x", "10.8.0.0/13", everyNode)}, testNode("a"), Option{"10.8.0.0/13", "CiliumNodeConfig/x"}},
		"the last name wins":                    {nil, []NodeConfig{foreign("y", "10.0.0.0/12", everyNode), foreign("x", "10.8.0.0/13", everyNode)}, testNode("a"), Option{"10.0.0.0/12", "CiliumNodeConfig/y"}},
		"one that selects other nodes does not": {nil, []NodeConfig{foreign("x", "10.8.0.0/13", none)}, testNode("a"), Option{"10.11.0.0/16", "ConfigMap/cilium-config"}},
		"without selector it selects nothing":   {nil, []NodeConfig{foreign("x", "10.8.0.0/13", nil)}, testNode("a"), Option{"10.11.0.0/16", "ConfigMap/cilium-config"}},
		"by name it needs no selector":          {[]string{"--source=config-map,cilium-node-config:kube-system/x"}, []NodeConfig{foreign("x", "10.8.0.0/13", nil), foreign("y", "10.0.0.0/12", everyNode)}, testNode("a"), Option{"10.8.0.0/13", "CiliumNodeConfig/x"}},
		"a denied key is dropped":               {[]string{"--deny-config-keys=ipv4-native-routing-cidr"}, []NodeConfig{foreign("x", "10.8.0.0/13", everyNode)}, testNode("a"), Option{"10.11.0.0/16", "ConfigMap/cilium-config"}},
		"a later ConfigMap wins":                {[]string{"--source=cilium-node-config,config-map"}, []NodeConfig{foreign("x", "10.8.0.0/13", everyNode)}, testNode("a"), Option{"10.11.0.0/16", "ConfigMap/cilium-config"}},
		"another namespace does not matter":     {[]string{"--source=config-map,cilium-node-config:net"}, []NodeConfig{foreign("x", "10.8.0.0/13", everyNode)}, testNode("a"), Option{"10.11.0.0/16", "ConfigMap/cilium-config"}},
		"annotations of the node, if a source":  {[]string{"--source=config-map,node"}, nil, annotated, Option{"10.2.0.0/16", "Node/a"}},
		"annotations of the node, if no source": {nil, nil, annotated, Option{"10.11.0.0/16", "ConfigMap/cilium-config"}},
	} {
		t.Run(name, func(t *testing.T) {
			objects := Objects{ConfigMaps: map[string]map[string]string{"kube-system/cilium-config": {NativeRoutingKey: "10.11.0.0/16"}}, NodeConfigs: tc.configs}
			got := SourcesOf(agentDaemonSet("cilium:v1.18.0", tc.words...)).Resolve(objects, tc.node)[NativeRoutingKey]
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestSpaceAroundAnOptionIsNoPartOfIt where the agent reads it from a file, as a line break is that YAML's "|" leaves.
func TestSpaceAroundAnOptionIsNoPartOfIt(t *testing.T) {
	const spaced = " 10.8.0.0/13\n"
	annotated := testNode("a")
	annotated.Annotations = map[string]string{"config.cilium.io/ipv4-native-routing-cidr": spaced}
	objects := Objects{
		ConfigMaps:  map[string]map[string]string{"kube-system/cilium-config": {NativeRoutingKey: spaced}},
		NodeConfigs: []NodeConfig{foreign("x", spaced, everyNode)},
	}
	for name, c := range map[string]struct {
		sources Sources
		want    string
	}{
		"in a ConfigMap":        {Sources{List: []Source{{SourceConfigMap, "kube-system", "cilium-config"}}}, "10.8.0.0/13"},
		"in a CiliumNodeConfig": {Sources{List: []Source{{SourceNodeConfig, "kube-system", ""}}}, "10.8.0.0/13"},
		"in an annotation":      {Sources{List: []Source{{SourceNode, "kube-system", ""}}}, "10.8.0.0/13"},
		"in the environment":    {Sources{Environment: map[string]string{NativeRoutingKey: spaced}}, spaced},
		"on the command line":   {Sources{Flags: map[string]string{NativeRoutingKey: spaced}}, spaced},
	} {
		if got := c.sources.Resolve(objects, annotated)[NativeRoutingKey].Value; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := objects.NodeConfigs[0].value().String(); got != "10.8.0.0/13" {
		t.Errorf("of the CiliumNodeConfig itself: %s", got)
	}
}

func TestAFlagOfTheAgentWinsOverEverySource(t *testing.T) {
	daemonSet := agentDaemonSet("cilium:v1.18.0")
	daemonSet.Spec.Template.Spec.Containers[0].Args = []string{"--ipv4-native-routing-cidr=10.0.0.0/8"}
	got := SourcesOf(daemonSet).Resolve(Objects{NodeConfigs: []NodeConfig{foreign("zzz", "10.8.0.0/13", everyNode)}}, testNode("a"))
	if d := cmp.Diff(Option{"10.0.0.0/8", "DaemonSet/cilium"}, got[NativeRoutingKey]); d != "" {
		t.Error(d)
	}
}

func TestConfigMapsNamesWhatToRead(t *testing.T) {
	got := SourcesOf(agentDaemonSet("cilium:v1.18.0", "--source=config-map,cilium-node-config,config-map:net/extra")).ConfigMaps()
	if d := cmp.Diff([]Source{{SourceConfigMap, "kube-system", "cilium-config"}, {SourceConfigMap, "net", "extra"}}, got); d != "" {
		t.Error(d)
	}
}
