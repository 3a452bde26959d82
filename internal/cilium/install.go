package cilium

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Install is an install of Cilium as its objects show it, read in one pass.
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

// without leaves out what the owner wrote.
func (o Objects) without(owner Owner) Objects {
	return Objects{ConfigMaps: o.ConfigMaps, NodeConfigs: slices.DeleteFunc(slices.Clone(o.NodeConfigs), func(c NodeConfig) bool {
		return owner.Classify(c).Ours()
	})}
}
