package cilium

import (
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Install is an install of Cilium as its objects show it, read in one reconciliation.
type Install struct {
	// Namespace that Cilium runs in.
	Namespace string
	// DaemonSet is "cilium" in that namespace; nil if there is none.
	DaemonSet *appsv1.DaemonSet
	// AWSNode is "aws-node" in kube-system; nil if there is none.
	AWSNode *appsv1.DaemonSet
	// Objects holds the ConfigMaps that Sources.ConfigMaps names, the ConfigMap
	// ip-masq-agent if there is one, and every CiliumNodeConfig of the namespace.
	Objects Objects
	// Managed holds the managedFields, and Marks the annotations, of the ConfigMaps
	// by "namespace/name".
	Managed map[string][]metav1.ManagedFieldsEntry
	Marks   map[string]map[string]string
	// Nodes are the nodes that run, or will run, an agent.
	Nodes []Node
	// AgentPods are the pods of the DaemonSet. In an upgrade they differ in version.
	AgentPods []corev1.Pod
	// Owner is who we are: what the Owner owns is left out of the baseline.
	Owner Owner
}

// agents lists the versions in use, the one of the DaemonSet first.
func (i Install) agents() []Version {
	found := []Version{versionOf(i.DaemonSet.Spec.Template.Spec)}
	for _, pod := range i.AgentPods {
		if v := versionOf(pod.Spec); !slices.Contains(found, v) {
			found = append(found, v)
		}
	}
	return found
}

func versionOf(spec corev1.PodSpec) Version {
	if i := agentContainer(spec); i >= 0 {
		return ParseImage(spec.Containers[i].Image)
	}
	return Version{}
}

// withoutOurs leaves out what we wrote: our CiliumNodeConfigs, and the option in
// Cilium's ConfigMap where nobody but us holds it.
func (i Install) withoutOurs() Objects {
	objects := Objects{ConfigMaps: i.Objects.ConfigMaps, NodeConfigs: slices.DeleteFunc(slices.Clone(i.Objects.NodeConfigs), func(c NodeConfig) bool {
		return i.Owner.Classify(c).Ours()
	})}
	if i.Owner.alone(i.keyHolders()) {
		objects = objects.withOption(i.Namespace, "")
	}
	return objects
}

// keyHolders are those who hold the option in Cilium's ConfigMap.
func (i Install) keyHolders() []Holder {
	return HoldersOf(i.Managed[i.Namespace+"/"+ConfigMapName], "f:data", "f:"+NativeRoutingKey)
}

// withOption has Cilium's ConfigMap set the option to the value; empty: not set it.
func (o Objects) withOption(namespace, value string) Objects {
	name := namespace + "/" + ConfigMapName
	data := maps.Clone(o.ConfigMaps[name])
	if data == nil {
		data = map[string]string{}
	}
	data[NativeRoutingKey] = value
	if value == "" {
		delete(data, NativeRoutingKey)
	}
	configMaps := maps.Clone(o.ConfigMaps)
	configMaps[name] = data
	return Objects{ConfigMaps: configMaps, NodeConfigs: o.NodeConfigs}
}
