package verification

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/probe"
)

// Evidence is what else is known of the path that probes took.
type Evidence struct {
	Request  peering.Request
	Snapshot peering.Snapshot
	Path     peering.Path
	// Clusters are the PeeredClusters by name.
	Clusters map[string]*v1alpha1.PeeredCluster
	// Policies are the network policies, by cluster, that select probe pods.
	Policies map[string][]string
	// Denied are the clusters whose network policies may not be read.
	Denied map[string]bool
}

// explain says what an attempt met, and which hop the evidence points to.
func (e Evidence) explain(a attempt, all []attempt) string {
	switch a.Outcome {
	case probe.Refused:
		return "The connection was refused. Packets get there and back, so routes, groups and rules are right: the probe pod there does not listen, or a network policy rejects."
	case probe.Masqueraded:
		return fmt.Sprintf("The peer saw %s instead of the pod's own address %s.%s", a.Seen, a.Own, e.suspect(e.masquerader(a)))
	case probe.UploadStalled:
		return "It connects, but full-size packets to the peer are lost." + e.suspect(e.tooBig(a, a.from.role))
	case probe.DownloadStalled:
		return "It connects, but full-size packets from the peer are lost." + e.suspect(e.tooBig(a, a.to.role))
	case probe.WrongServer:
		return "Something else answered at the peer's address: " + a.Detail + ". The next run tells more."
	case probe.Reset:
		return "The connection was broken off (" + a.Detail + "). A firewall, a proxy or a network policy on the way does that."
	default:
		return "No answer came (" + a.Detail + ")." + cmp.Or(e.suspect(e.silent(a)), e.unexplained(a, all)) + e.unread(a)
	}
}

func (e Evidence) suspect(suspects []string) string {
	if len(suspects) == 0 {
		return ""
	}
	said := " Suspected: " + message.Sentence(suspects[0])
	if len(suspects) > 1 {
		said += " Or: " + message.Sentence(suspects[1])
	}
	return said
}

// silent follows the packets there and back, and names what is known to drop them:
// what was read first, then what the nodes' age and interfaces make likely.
func (e Evidence) silent(a attempt) []string {
	var suspects []string
	for _, found := range e.Path.Findings {
		there := found.From == a.from.role && (found.Lost == peering.LosesAll || found.Lost == peering.LosesConnections)
		back := found.From == a.to.role && (found.Lost == peering.LosesAll || found.Lost == peering.LosesAnswers)
		if there || back {
			suspects = append(suspects, found.Message)
		}
	}
	suspects = append(suspects, e.node(a.from, a.to.role, "what the pod sends")...)
	suspects = append(suspects, e.node(a.to, a.from.role, "what the pod there answers")...)
	for _, at := range []end{a.from, a.to} {
		if policies := e.Policies[at.cluster]; len(policies) > 0 {
			suspects = append(suspects, fmt.Sprintf("Network policy %s in %s selects the probe pods.", message.List(policies), at.cluster))
		}
	}
	return suspects
}

// unexplained compares with what other pods met.
func (e Evidence) unexplained(a attempt, all []attempt) string {
	others := slices.ContainsFunc(all, func(o attempt) bool {
		return o.Outcome == probe.Passed && o.from.cluster == a.from.cluster && o.to.cluster == a.to.cluster
	})
	look := fmt.Sprintf("Run `probe rules` on %s and %s, and look for cluster-wide network policies and host firewalls.", a.from.node, a.to.node)
	if others {
		return " Suspected: These two nodes, because other pods of the same clusters reach each other. " + look
	}
	return " Nothing that crossvpc read explains it. " + look
}

// unread says whose network policies are no suspects because they may not be read.
func (e Evidence) unread(a attempt) string {
	var clusters []string
	for _, at := range []end{a.from, a.to} {
		if e.Denied[at.cluster] {
			clusters = append(clusters, at.cluster)
		}
	}
	if len(clusters) == 0 {
		return ""
	}
	return fmt.Sprintf(" crossvpc may not list network policies in %s, so it names none there. Bind the Role crossvpc-probe of config/cluster.", message.List(clusters))
}

// node says what is known of a node's way out to the other side. Pods on interface 0
// never have the problem (Cilium's table for it leads where the main one does).
func (e Evidence) node(at end, to peering.Role, what string) []string {
	cluster := e.Clusters[at.cluster]
	if cluster == nil || at.iface == 0 || cluster.Status.Cilium == nil {
		return nil
	}
	if said := e.uncovered(cluster, to); said != "" {
		return []string{fmt.Sprintf("On %s, %s, so %s leaves by the wrong interface and the source check drops it.", at, said, what)}
	}
	nodes := cluster.Status.Nodes
	if nodes == nil || nodes.Stale+nodes.Split == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Node %s of %s may be one of the %d that still use the old value (%d of them with pods that predate their agent). Then %s leaves by the wrong interface.",
		at.node, at.cluster, nodes.Stale, nodes.Split, what)}
}

// uncovered says why a cluster's Cilium value does not make pods reach the other side
// with their own address; "" when it does, or none is needed.
func (e Evidence) uncovered(cluster *v1alpha1.PeeredCluster, to peering.Role) string {
	configured := meta.FindStatusCondition(cluster.Status.Conditions, v1alpha1.ConditionCiliumConfigured)
	status := cluster.Status.Cilium
	if status.Masquerade == "Disabled" || configured != nil && configured.Reason == v1alpha1.ReasonNotRequired || status.EffectiveCIDR == "" {
		return ""
	}
	value, err := netip.ParsePrefix(status.EffectiveCIDR)
	if err != nil || e.Snapshot.At(to).VPC == nil {
		return ""
	}
	needed, _ := cidr.SplitFamilies(e.Request.Reached(e.Snapshot, to.Other()))
	if left := cidr.Difference(needed, []netip.Prefix{value}); len(left) > 0 {
		return fmt.Sprintf("ipv4-native-routing-cidr is %s and does not cover %s", value, cidr.Join(left))
	}
	return ""
}

// masquerader says who changed the source address.
func (e Evidence) masquerader(a attempt) []string {
	said := fmt.Sprintf("Something between %s and the peer changed it", a.from.node)
	if slices.Contains(a.from.nodeAddrs, a.Seen) {
		said = fmt.Sprintf("%s is the address of node %s", a.Seen, a.from.node)
	}
	cluster := e.Clusters[a.from.cluster]
	if cluster == nil || cluster.Status.Cilium == nil {
		return []string{said}
	}
	if uncovered := e.uncovered(cluster, a.to.role); uncovered != "" {
		return []string{said + ": " + uncovered}
	}
	if cluster.Status.Cilium.Masquerade != "Disabled" {
		said += ": its agent started before the value covered the peer, or another rule there masquerades"
	}
	return []string{said}
}

// tooBig says what keeps full-size packets of a side from being made smaller.
func (e Evidence) tooBig(a attempt, from peering.Role) []string {
	var suspects []string
	for _, found := range e.Path.Findings {
		if found.Lost == peering.LosesBig && found.From == from {
			suspects = append(suspects, found.Message)
		}
	}
	sender := a.from
	if from == a.to.role {
		sender = a.to
	}
	if e.Request.CrossesRegions() {
		return append(suspects, fmt.Sprintf("Between regions a packet carries at most 8500 bytes. Set Cilium's mtu to 8500 or less in %s.", sender.cluster))
	}
	return append(suspects, fmt.Sprintf("Something on the way carries less than the interface of %s. Lower Cilium's mtu there, or let icmp type 3 code 4 through.", sender.node))
}

// policies name network policies where connections time out; alone they prove nothing.
func (e Evidence) policies(attempts []attempt) []v1alpha1.Finding {
	var findings []v1alpha1.Finding
	said := map[string]bool{}
	for _, a := range attempts {
		for _, at := range []end{a.from, a.to} {
			if a.Outcome == probe.ConnectTimeout && len(e.Policies[at.cluster]) > 0 && !said[at.cluster] {
				said[at.cluster] = true
				findings = append(findings, finding(v1alpha1.ProbeNetworkPolicy,
					"In cluster %s connections time out, and network policy %s selects the probe pods. Allow TCP between the probe pods and the other VPC's blocks, or use another namespace (verification.namespace).",
					at.cluster, message.List(e.Policies[at.cluster])))
			}
		}
	}
	return findings
}
