package peeredcluster

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// evidence is what a node's verdict rests on.
func (p *pass) evidence(node *corev1.Node, record *rollout.Record, pods []*corev1.Pod) cilium.NodeEvidence {
	evidence := cilium.NodeEvidence{
		Name: node.Name, Created: node.CreationTimestamp.Time,
		Agent:  cilium.AgentOn(node.Name, p.observed.install.AgentPods),
		Access: p.access(node.Labels[corev1.LabelHostname], record),
		Proof:  p.proof(record),
	}
	for _, pod := range pods {
		if !p.observed.isAgent(pod) {
			evidence.Pods = append(evidence.Pods, cilium.PodFromPod(pod))
		}
	}
	return evidence
}

// access tells where a node differs from those that join: held back from a value,
// or given it when it was processed.
func (p *pass) access(hostname string, record *rollout.Record) []cilium.Access {
	var access []cilium.Access
	for _, own := range p.ownRevisions() {
		listed := slices.Contains(own.Selection.Hostnames, hostname)
		processed := record.Processed() && record.Revision == cilium.RevisionOf(own.CIDR)
		switch {
		case own.Selection.Mode == cilium.SelectAllBut && listed:
			access = append(access, cilium.Access{CIDR: own.CIDR})
		case processed && (own.Selection.Mode == cilium.SelectAllBut || listed):
			access = append(access, cilium.Access{CIDR: own.CIDR, Since: nextSecond(record.ProcessedTime)})
		}
	}
	return access
}

// proof: a record that outlived our cordon says that the node was emptied and
// renewed for its revision, so nothing older than that is on it.
func (p *pass) proof(record *rollout.Record) *cilium.Proof {
	if !record.Processed() || record.Cordoned || record.Failed != "" {
		return nil
	}
	value := p.valueOf(record.Revision)
	if !value.IsValid() {
		return nil
	}
	return &cilium.Proof{CIDR: value, At: record.ProcessedTime}
}
