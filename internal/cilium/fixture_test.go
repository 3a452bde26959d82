package cilium

import (
	"maps"
	"net/netip"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var testOwner = Owner{InstallationID: "installation-1", PeeredCluster: "eu", UID: "uid-eu"}

// eniConfig is what the chart renders with eni.enabled, enableIPv4Masquerade and routingMode native.
var eniConfig = map[string]string{
	"ipam": "eni", "routing-mode": "native", "enable-ipv4": "true", "enable-ipv6": "false",
	"enable-ipv4-masquerade": "true", "enable-ipv6-masquerade": "true", "enable-bpf-masquerade": "false",
	"enable-endpoint-routes": "true", "cni-chaining-mode": "none", "auto-create-cilium-node-resource": "true",
}

// with changes options; an empty value removes one.
func with(data map[string]string, changes ...string) map[string]string {
	data = maps.Clone(data)
	for i := 0; i < len(changes); i += 2 {
		data[changes[i]] = changes[i+1]
		if changes[i+1] == "" {
			delete(data, changes[i])
		}
	}
	return data
}

// agentDaemonSet is Cilium's DaemonSet as the chart renders it, with further words of the init container's command.
func agentDaemonSet(image string, words ...string) *appsv1.DaemonSet {
	return &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cilium"},
		Spec:       appsv1.DaemonSetSpec{Template: corev1.PodTemplateSpec{Spec: agentPodSpec(image, words...)}},
	}
}

func agentPodSpec(image string, words ...string) corev1.PodSpec {
	return corev1.PodSpec{
		HostNetwork:    true,
		InitContainers: []corev1.Container{{Name: "config", Image: image, Command: append([]string{"cilium-dbg", "build-config"}, words...)}, {Name: "mount-cgroup"}},
		Containers:     []corev1.Container{{Name: "cilium-agent", Image: image, Command: []string{"cilium-agent"}, Args: []string{"--config-dir=/tmp/cilium/config-map"}}},
		Volumes:        []corev1.Volume{{Name: "tmp"}},
	}
}

// install is a cluster of three nodes in ENI mode that masquerades.
func install(version string, config map[string]string, nodeConfigs ...NodeConfig) Install {
	return Install{
		Namespace: "kube-system",
		DaemonSet: agentDaemonSet("quay.io/cilium/cilium:v" + version + "@sha256:0123"),
		Objects: Objects{
			ConfigMaps:  map[string]map[string]string{"kube-system/cilium-config": config},
			NodeConfigs: nodeConfigs,
		},
		Nodes: []Node{testNode("a"), testNode("b"), testNode("c", "pool", "gpu")},
		Owner: testOwner,
	}
}

func testNode(name string, labels ...string) Node {
	node := Node{Name: name, Labels: map[string]string{corev1.LabelHostname: name}}
	maps.Copy(node.Labels, with(map[string]string{}, labels...))
	return node
}

// foreign is somebody else's CiliumNodeConfig that sets the native routing CIDR.
func foreign(name, value string, selector *metav1.LabelSelector) NodeConfig {
	return NodeConfig{
		Metadata: NodeConfigMetadata{Namespace: "kube-system", Name: name},
		Spec:     NodeConfigSpec{NodeSelector: selector, Defaults: map[string]string{NativeRoutingKey: value}},
	}
}

var (
	everyNode = &metav1.LabelSelector{}
	gpuNodes  = &metav1.LabelSelector{MatchLabels: map[string]string{"pool": "gpu"}}
)

// ours is the object for a value, as NodeConfigs makes it.
func ours(owner Owner, cidr netip.Prefix, selection Selection) NodeConfig {
	return NodeConfigs(owner, "kube-system", []Revision{{CIDR: cidr, Selection: selection}})[0]
}

var nobody = &metav1.LabelSelector{MatchLabels: map[string]string{"pool": "empty"}}

func oldAgent(i *Install, _ *Input) {
	i.AgentPods = []corev1.Pod{{Spec: agentPodSpec("quay.io/cilium/cilium:v1.20.2")}}
}
