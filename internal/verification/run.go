package verification

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// How long the parts of a run may take. The pods end by themselves after PodDeadline,
// whoever is there to remove them.
const (
	serversDeadline = 75 * time.Second
	runDeadline     = 150 * time.Second
	// PodDeadline is the activeDeadlineSeconds of probe pods.
	PodDeadline = 180 * time.Second
	// Leftover is how old a probe pod of this installation is that no run can need
	// any more, whoever made it.
	Leftover = 2 * PodDeadline
)

// Nodes of each cluster that a run uses, and pods for each of them: which interface
// a pod's address is on can't be chosen, so several are tried.
const (
	nodesPerCluster = 2
	podsPerNode     = 2
	// mostPeers of one dialer; its report has to fit into a termination message.
	mostPeers = 16
)

// Run is one run of probe pods, as it is observed.
type Run struct {
	Settings
	// Start is when it began; it names the run.
	Start, Now time.Time
	Clusters   []Cluster
}

// Cluster is one of the clusters of a run.
type Cluster struct {
	Role peering.Role
	// Name of the PeeredCluster.
	Name string
	// Namespace that its owner has for probe pods.
	Namespace string
	// Port that the other side may dial here: one that the groups admit.
	Port int32
	// Excluded are blocks of its VPC that the other side does not reach.
	Excluded []netip.Prefix
	Nodes    []corev1.Node
	// Interfaces tell on which interface an address is.
	Interfaces []cilium.CiliumNode
	// Pods of this run that exist.
	Pods []corev1.Pod
}

// Step is what to do next.
type Step struct {
	// Create these pods, by cluster.
	Create map[string][]*corev1.Pod
	// Findings end the run: it cannot continue.
	Findings []v1alpha1.Finding
	// Over: judge what there is, and remove the pods.
	Over bool
}

// Next decides what to do next; the zero Step: wait.
func (r Run) Next() Step {
	if findings := r.withoutNodes(); len(findings) > 0 {
		return Step{Findings: findings, Over: true}
	}
	age := r.Now.Sub(r.Start)
	dialing := slices.ContainsFunc(r.Clusters, func(c Cluster) bool { return len(c.of(modeDial)) > 0 })
	switch {
	case r.Expired():
		return Step{Over: true}
	case !dialing && r.missing(Run.servers) != nil:
		return Step{Create: r.missing(Run.servers)}
	case !dialing && !r.serversUp() && age <= serversDeadline:
		return Step{}
	case !r.bothSidesServe():
		return Step{Over: true}
	case r.missing(Run.dialers) != nil:
		return Step{Create: r.missing(Run.dialers)}
	default:
		return Step{Over: r.dialersDone()}
	}
}

// Expired reports whether the run's time is over.
func (r Run) Expired() bool { return r.Now.Sub(r.Start) > runDeadline }

func (r Run) withoutNodes() []v1alpha1.Finding {
	var findings []v1alpha1.Finding
	for _, cluster := range r.Clusters {
		if len(cluster.Pods) == 0 && len(r.chosen(cluster)) == 0 {
			findings = append(findings, finding(v1alpha1.ProbeNoNode,
				"Cluster %s has no node for probe pods among its %d. One must be Ready, not cordoned, and without taints. Add one, or set verification.enabled: false.", cluster.Name, len(cluster.Nodes)))
		}
	}
	return findings
}

// missing are the wanted pods that do not exist, nil when all do.
func (r Run) missing(wanted func(Run, Cluster) []*corev1.Pod) map[string][]*corev1.Pod {
	var missing map[string][]*corev1.Pod
	for _, cluster := range r.Clusters {
		for _, pod := range wanted(r, cluster) {
			if slices.ContainsFunc(cluster.Pods, func(p corev1.Pod) bool { return p.Name == pod.Name }) {
				continue
			}
			if missing == nil {
				missing = map[string][]*corev1.Pod{}
			}
			missing[cluster.Name] = append(missing[cluster.Name], pod)
		}
	}
	return missing
}

func (r Run) serversUp() bool {
	for _, cluster := range r.Clusters {
		if slices.ContainsFunc(cluster.of(modeServe), func(p corev1.Pod) bool { return !serves(p) && !over(p) }) {
			return false
		}
	}
	return true
}

func (r Run) bothSidesServe() bool {
	for _, role := range peering.Roles() {
		if len(r.targets(role)) == 0 {
			return false
		}
	}
	return true
}

func (r Run) dialersDone() bool {
	for _, cluster := range r.Clusters {
		if slices.ContainsFunc(cluster.of(modeDial), func(p corev1.Pod) bool { return !over(p) }) {
			return false
		}
	}
	return true
}

// of are the pods of one mode, in the order of their names.
func (c Cluster) of(mode string) []corev1.Pod {
	pods := slices.DeleteFunc(slices.Clone(c.Pods), func(p corev1.Pod) bool { return p.Labels[LabelMode] != mode })
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods
}

// serves: a pod's address is known and its program runs.
func serves(pod corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodRunning && pod.Status.PodIP != ""
}

func over(pod corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}
