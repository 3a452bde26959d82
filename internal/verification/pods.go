package verification

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Labels of probe pods. They have no owner: an object of another cluster can be
// none, so these tell whose they are.
const (
	LabelInstallation = "networking.crossvpc.io/installation"
	LabelPeering      = "networking.crossvpc.io/peering-uid"
	LabelRun          = "networking.crossvpc.io/run"
	LabelMode         = "networking.crossvpc.io/mode"

	modeServe = "serve"
	modeDial  = "dial"
)

// Settings are what all pods of a run have in common.
type Settings struct {
	InstallationID string
	// PeeringUID is the UID of the VPCPeering.
	PeeringUID string
	Image      string
}

// Installation is an installation's id as a label's value: ids are free text.
func Installation(id string) string { return digest(id) }

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:16]
}

// ID names the run: all its pods carry it, and servers answer no dialer of another.
func (r Run) ID() string { return strconv.FormatInt(r.Start.Unix(), 10) }

func (r Run) servers(cluster Cluster) []*corev1.Pod {
	args := []string{"--listen=:" + strconv.Itoa(int(cluster.Port)), "--run=" + r.ID(), "--deadline=" + runDeadline.String()}
	return r.podsOn(cluster, modeServe, args, cluster.Port)
}

func (r Run) dialers(cluster Cluster) []*corev1.Pod {
	args := []string{"--run=" + r.ID(), "--deadline=" + (runDeadline - serversDeadline).String()}
	for _, target := range r.targets(cluster.Role.Other()) {
		args = append(args, "--peer="+target.address.String())
	}
	return r.podsOn(cluster, modeDial, args, 0)
}

func (r Run) podsOn(cluster Cluster, mode string, args []string, port int32) []*corev1.Pod {
	var pods []*corev1.Pod
	for _, node := range r.chosen(cluster) {
		for i := range podsPerNode {
			pods = append(pods, r.pod(cluster.Namespace, mode, node, i, args, port))
		}
	}
	return pods
}

// Labels are what all pods of the run carry.
func (r Run) Labels() map[string]string {
	return map[string]string{
		"app.kubernetes.io/name": "crossvpc-probe", "app.kubernetes.io/managed-by": "crossvpc",
		LabelInstallation: Installation(r.InstallationID), LabelPeering: r.PeeringUID, LabelRun: r.ID(),
	}
}

// firstFreePort is the first that a process may listen on without being asked.
const firstFreePort = 1024

// pod fits into a namespace with PodSecurity restricted. It is named after what it
// is for, so that it is made once; and it is over by itself, whatever becomes of us.
func (r Run) pod(namespace, mode, node string, number int, args []string, port int32) *corev1.Pod {
	labels := r.Labels()
	labels[LabelMode] = mode
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   namespace,
			Name:        fmt.Sprintf("probe-%s-%s-%s-%s-%d", digest(r.PeeringUID)[:8], r.ID(), mode, digest(node)[:8], number),
			Labels:      labels,
			Annotations: map[string]string{"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"},
		},
		Spec: corev1.PodSpec{
			RestartPolicy:                 corev1.RestartPolicyNever,
			ActiveDeadlineSeconds:         new(int64(PodDeadline.Seconds())),
			TerminationGracePeriodSeconds: new(int64(1)),
			AutomountServiceAccountToken:  new(false),
			EnableServiceLinks:            new(false),
			Affinity:                      onNode(node),
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   new(true),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{container(r.Image, mode, args)},
		},
	}
	if port > 0 && port < firstFreePort {
		// A safe sysctl, which PodSecurity restricted allows.
		pod.Spec.SecurityContext.Sysctls = []corev1.Sysctl{{Name: "net.ipv4.ip_unprivileged_port_start", Value: "0"}}
	}
	return pod
}

func container(image, mode string, args []string) corev1.Container {
	return corev1.Container{
		Name: "probe", Image: image, Command: []string{"/probe", mode}, Args: args,
		ImagePullPolicy:          corev1.PullIfNotPresent,
		TerminationMessagePath:   corev1.TerminationMessagePathDefault,
		TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi")},
			Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("200m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
		},
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false),
			ReadOnlyRootFilesystem:   new(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}

// onNode leaves the last word to the scheduler, as DaemonSets do: it says why a pod
// does not fit.
func onNode(name string) *corev1.Affinity {
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
			MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: corev1.NodeSelectorOpIn, Values: []string{name}}},
		}}},
	}}
}

// nodeOf is the node that a pod was made for, whether it got there or not.
func nodeOf(pod corev1.Pod) string {
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.NodeAffinity == nil || pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return pod.Spec.NodeName
	}
	for _, term := range pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		for _, field := range term.MatchFields {
			if field.Key == "metadata.name" && len(field.Values) == 1 {
				return field.Values[0]
			}
		}
	}
	return pod.Spec.NodeName
}
