package clusterview

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// evidence is what a node's freshness is judged by (C7).
func (v *View) evidence(q Question, node *corev1.Node, record *rollout.Record, pods []*corev1.Pod) cilium.NodeEvidence {
	var agents []corev1.Pod
	for _, pod := range v.agentsOn(node.Name) {
		agents = append(agents, *pod)
	}
	agent := cilium.AgentOn(node.Name, agents)
	evidence := cilium.NodeEvidence{
		Name: node.Name, Created: node.CreationTimestamp.Time,
		Agent:  agent,
		Access: v.access(q, node.Labels[corev1.LabelHostname], record, agent),
		Proof:  q.proof(record),
	}
	for _, pod := range pods {
		switch {
		case v.IsAgent(pod):
		case podrules.Static(pod):
			evidence.Static = append(evidence.Static, cilium.PodFromPod(pod))
		default:
			evidence.Pods = append(evidence.Pods, cilium.PodFromPod(pod))
		}
	}
	return evidence
}

// access tells where a node differs from those that join: held back from a value,
// or given it when it was processed.
func (v *View) access(q Question, hostname string, record *rollout.Record, agent *cilium.Agent) []cilium.Access {
	var access []cilium.Access
	for _, own := range v.OwnRevisions() {
		listed := slices.Contains(own.Selection.Hostnames, hostname)
		processed := record.Processed() && record.Revision == cilium.RevisionOf(own.CIDR)
		switch {
		case own.Selection.Mode == cilium.SelectAllBut && listed:
			access = append(access, cilium.Access{CIDR: own.CIDR})
		case processed && (own.Selection.Mode == cilium.SelectAllBut || listed):
			access = append(access, cilium.Access{CIDR: own.CIDR, Since: reachedSince(record, agent)})
		}
	}
	return append(access, q.renewedAccess(access, record, agent)...)
}

// renewedAccess: an agent that we had restarted after the write is known to have
// read the value, also where no object tells any more whom it reached: because the
// ConfigMap never does, or because somebody deleted ours.
func (q Question) renewedAccess(known []cilium.Access, record *rollout.Record, agent *cilium.Agent) []cilium.Access {
	if !record.Processed() || record.Failed != "" || agent == nil || record.RestartUID == "" || agent.UID == string(record.RestartUID) {
		return nil
	}
	value := q.ValueOf(record.Revision)
	if !value.IsValid() || slices.ContainsFunc(known, func(a cilium.Access) bool { return a.CIDR == value }) {
		return nil
	}
	return []cilium.Access{{CIDR: value, Since: reachedSince(record, agent)}}
}

// reachedSince is when the value could first reach a processed node. Stamps have
// a resolution of a second, so an agent made in the second after the write could
// have read either value; that it is not the one we deleted after the write says more.
func reachedSince(record *rollout.Record, agent *cilium.Agent) time.Time {
	since := NextSecond(record.ProcessedTime)
	if agent != nil && record.RestartUID != "" && agent.UID != string(record.RestartUID) && !since.Before(agent.Created) {
		return agent.Created.Add(-time.Nanosecond)
	}
	return since
}

// proof: a record that outlived our work says that the node was emptied and
// renewed for its revision, or that its agent gave every pod that revision's
// rules, so nothing older than that is on it.
func (q Question) proof(record *rollout.Record) *cilium.Proof {
	if !record.Processed() || record.Held() || record.Failed != "" {
		return nil
	}
	value := q.ValueOf(record.Revision)
	if !value.IsValid() {
		return nil
	}
	return &cilium.Proof{CIDR: value, At: record.ProcessedTime}
}

// NextSecond is when a period begins after a write was acknowledged: stamps of the API
// server have a resolution of a second.
func NextSecond(now time.Time) time.Time { return now.Truncate(time.Second).Add(time.Second) }
