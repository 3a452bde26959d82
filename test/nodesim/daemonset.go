package nodesim

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/crossvpc/crossvpc/test/controlplane"
)

const (
	agentName           = "cilium"
	agentContainer      = "cilium-agent"
	configInitContainer = "config"
)

// daemonSet is Cilium's, as far as anybody can see it through the API (install/kubernetes/cilium/templates).
func (s *Sim) daemonSet() *appsv1.DaemonSet {
	labels := map[string]string{"k8s-app": agentName}
	image := "quay.io/cilium/cilium:v" + s.release.String()
	return &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: agentName, Labels: labels},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			UpdateStrategy: appsv1.DaemonSetUpdateStrategy{
				Type:          appsv1.RollingUpdateDaemonSetStrategyType,
				RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: new(intstr.FromInt32(2))},
			},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{
					"k8s-app": agentName, "app.kubernetes.io/name": "cilium-agent", "app.kubernetes.io/part-of": "cilium",
					controlplane.ManagedPodLabel: "cilium",
				}},
				Spec: corev1.PodSpec{
					HostNetwork: true, ServiceAccountName: "cilium", PriorityClassName: "system-node-critical",
					TerminationGracePeriodSeconds: ptr.To[int64](1),
					Tolerations:                   []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
					InitContainers: []corev1.Container{{
						Name: configInitContainer, Image: image, Command: []string{"cilium-dbg", "build-config"},
						Env: []corev1.EnvVar{fieldEnv("K8S_NODE_NAME", "spec.nodeName"), fieldEnv("CILIUM_K8S_NAMESPACE", "metadata.namespace")},
					}},
					Containers: []corev1.Container{{
						Name: agentContainer, Image: image, Command: []string{"cilium-agent"}, Args: []string{"--config-dir=/tmp/cilium/config-map"},
						TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
					}},
				},
			},
		},
	}
}

func fieldEnv(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}}
}
