package verification

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// chosen are the nodes that a run uses: those with secondary interfaces first, since
// pods on the primary one never have the routing problem; from different zones;
// and other ones in the next run.
func (r Run) chosen(cluster Cluster) []string {
	if used := cluster.UsedNodes(); len(used) > 0 {
		return used
	}
	candidates := slices.DeleteFunc(slices.Clone(cluster.Nodes), func(n corev1.Node) bool { return !takesPods(n) })
	slices.SortFunc(candidates, func(a, b corev1.Node) int { return cmp.Compare(a.Name, b.Name) })
	if len(candidates) > 0 {
		turn := int(r.Start.Unix()/60) % len(candidates)
		candidates = slices.Concat(candidates[turn:], candidates[:turn])
	}
	slices.SortStableFunc(candidates, func(a, b corev1.Node) int {
		return cmp.Compare(cluster.secondaries(b.Name), cluster.secondaries(a.Name))
	})
	return spread(candidates)
}

// UsedNodes are those that the run's pods were made for: nodes come and go, the
// choice stays.
func (c Cluster) UsedNodes() []string {
	var used []string
	for _, pod := range c.Pods {
		used = append(used, nodeOf(pod))
	}
	slices.Sort(used)
	return slices.Compact(used)
}

// spread takes nodes of other zones before a second of one zone.
func spread(candidates []corev1.Node) []string {
	var names []string
	zones := map[string]bool{}
	for _, again := range []bool{false, true} {
		for _, node := range candidates {
			zone := node.Labels[corev1.LabelTopologyZone]
			if len(names) < nodesPerCluster && (again || !zones[zone]) && !slices.Contains(names, node.Name) {
				names = append(names, node.Name)
				zones[zone] = true
			}
		}
	}
	slices.Sort(names)
	return names
}

// takesPods: probe pods tolerate nothing, so that they are where anybody's pods are.
func takesPods(node corev1.Node) bool {
	if node.Spec.Unschedulable || cilium.RunsNoAgent(node.Labels) {
		return false
	}
	if os := node.Labels[corev1.LabelOSStable]; os != "" && os != "linux" {
		return false
	}
	for _, taint := range node.Spec.Taints {
		if taint.Effect != corev1.TaintEffectPreferNoSchedule {
			return false
		}
	}
	return slices.ContainsFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
}

// secondaries is 1 for a node that has an interface besides the first one.
func (c Cluster) secondaries(node string) int {
	for _, known := range c.Interfaces {
		if known.Metadata.Name != node {
			continue
		}
		for _, eni := range known.Status.ENI.ENIs {
			if eni.Number > 0 {
				return 1
			}
		}
	}
	return 0
}

// unknownInterface is that of an address which no CiliumNode tells of.
const unknownInterface = -1

// interfaceOf is the number of the interface that has an address, by the address
// itself or by the /28 it is from.
func interfaceOf(nodes []cilium.CiliumNode, text string) int {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return unknownInterface
	}
	for _, node := range nodes {
		for _, eni := range node.Status.ENI.ENIs {
			if slices.Contains(eni.Addresses, text) || slices.ContainsFunc(eni.Prefixes, func(p string) bool {
				prefix, err := netip.ParsePrefix(p)
				return err == nil && prefix.Contains(address)
			}) {
				return eni.Number
			}
		}
	}
	return unknownInterface
}

// target is a server that the other side dials.
type target struct {
	cluster string
	pod     corev1.Pod
	address netip.AddrPort
}

// targets are a side's servers, one of each node, on a secondary interface if any is.
func (r Run) targets(role peering.Role) []target {
	var targets []target
	for _, cluster := range r.Clusters {
		if cluster.Role == role {
			targets = append(targets, cluster.targets()...)
		}
	}
	return targets[:min(len(targets), mostPeers)]
}

func (c Cluster) targets() []target {
	best := map[string]corev1.Pod{}
	for _, pod := range c.reachable() {
		node := nodeOf(pod)
		known, ok := best[node]
		if !ok || interfaceOf(c.Interfaces, known.Status.PodIP) < 1 && interfaceOf(c.Interfaces, pod.Status.PodIP) > 0 {
			best[node] = pod
		}
	}
	var targets []target
	for _, node := range c.UsedNodes() {
		pod, ok := best[node]
		address, err := netip.ParseAddr(pod.Status.PodIP)
		if ok && err == nil {
			targets = append(targets, target{c.Name, pod, netip.AddrPortFrom(address, uint16(c.Port))})
		}
	}
	return targets
}
