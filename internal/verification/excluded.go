package verification

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
)

// excludes reports whether an address is in a block that the other side does not
// reach, by its own will: packets there prove nothing.
func (c Cluster) excludes(address string) bool {
	parsed, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(c.Excluded, func(block netip.Prefix) bool { return block.Contains(parsed) })
}

// inExcluded names the clusters of which probe pods have addresses in such blocks.
func (r Run) inExcluded() []v1alpha1.Finding {
	var findings []v1alpha1.Finding
	for _, cluster := range r.Clusters {
		var addresses []string
		for _, pod := range slices.Concat(cluster.of(modeServe), cluster.of(modeDial)) {
			if cluster.excludes(pod.Status.PodIP) {
				addresses = append(addresses, pod.Status.PodIP)
			}
		}
		if len(addresses) > 0 {
			findings = append(findings, finding(v1alpha1.ProbeAddressExcluded,
				"Cluster %s: Probe pods with %s are not counted, because the other side does not reach %s (excludeCIDRs).", cluster.Name, strings.Join(addresses, ", "), cidr.Join(cluster.Excluded)))
		}
	}
	return findings
}

// reachable are the servers of a cluster that the other side may dial.
func (c Cluster) reachable() []corev1.Pod {
	return slices.DeleteFunc(c.of(modeServe), func(pod corev1.Pod) bool { return !serves(pod) || c.excludes(pod.Status.PodIP) })
}
