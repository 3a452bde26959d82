package vpcpeering

import (
	"context"
	"net/netip"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// mirrorCilium reports whether the clusters' Cilium configuration covers this
// peering; PeeredCluster's controller is the only one that writes it.
func (p *reconciliation) mirrorCilium(context.Context) (verdict.Verdict, error) {
	return p.mirror(v1alpha1.ConditionCiliumConfigured, p.takenUp), nil
}

// takenUp: until the cluster counts this peering, what it reports is not about it.
func (p *reconciliation) takenUp(role peering.Role, cluster *v1alpha1.PeeredCluster) refusal {
	if p.covered(role, cluster) {
		return nil
	}
	return refuse(verdict.Wait, v1alpha1.ReasonWaitingForCluster, "Waiting for PeeredCluster %s to count this peering.", cluster.Name)
}

// mirrorNodes reports whether the clusters' nodes carry that configuration.
func (p *reconciliation) mirrorNodes(context.Context) (verdict.Verdict, error) {
	return p.mirror(v1alpha1.ConditionNodesUpToDate, p.takenUp), nil
}

type judge func(peering.Role, *v1alpha1.PeeredCluster) refusal

// mirror combines one condition of all clusters of both sides: the first that is
// not True decides.
func (p *reconciliation) mirror(condition string, first judge) verdict.Verdict {
	var fine []string
	required := false
	for _, role := range peering.Roles() {
		for _, cluster := range p.sides.At(role).clusters {
			judged := first(role, cluster)
			if judged == nil {
				judged = p.mirrored(cluster, condition)
			}
			if judged.Progress != verdict.Done {
				return *judged
			}
			required = required || judged.Reason != v1alpha1.ReasonNotRequired
			fine = append(fine, judged.Message)
		}
	}
	switch {
	case len(fine) == 0:
		return verdict.New(verdict.Done, v1alpha1.ReasonNotRequired, "Neither side names a cluster.")
	case !required:
		return verdict.New(verdict.Done, v1alpha1.ReasonNotRequired, strings.Join(fine, " "))
	case condition == v1alpha1.ConditionNodesUpToDate:
		return verdict.New(verdict.Done, v1alpha1.ReasonUpToDate, strings.Join(fine, " "))
	default:
		return verdict.New(verdict.Done, v1alpha1.ReasonConfigured, strings.Join(fine, " "))
	}
}

func (p *reconciliation) mirrored(cluster *v1alpha1.PeeredCluster, condition string) refusal {
	found := meta.FindStatusCondition(cluster.Status.Conditions, condition)
	if found == nil {
		return refuse(verdict.Wait, v1alpha1.ReasonWaitingForCluster, "Waiting for PeeredCluster %s to report %s.", cluster.Name, condition)
	}
	message := "PeeredCluster " + cluster.Name + ": " + p.inOwnWords(cluster, found)
	switch {
	case found.Status == metav1.ConditionTrue, found.Reason == v1alpha1.ReasonNodesStale && cluster.Spec.Rollout.Strategy == v1alpha1.RolloutOnDelete:
		return &verdict.Verdict{Progress: verdict.Done, Reason: found.Reason, Message: message}
	case found.Status == metav1.ConditionFalse && v1alpha1.AtRest(found.Reason):
		return &verdict.Verdict{Progress: verdict.Held, Reason: found.Reason, Message: message}
	case meta.IsStatusConditionTrue(cluster.Status.Conditions, v1alpha1.ConditionStalled) && found.Status == metav1.ConditionFalse:
		return &verdict.Verdict{Progress: verdict.Stalled, Reason: found.Reason, Message: message}
	default:
		return &verdict.Verdict{Progress: verdict.Wait, Reason: found.Reason, Message: message}
	}
}

// covered reports whether the cluster counts every IPv4 block of the peer that this
// side reaches among those it covers for this very object.
func (p *reconciliation) covered(role peering.Role, cluster *v1alpha1.PeeredCluster) bool {
	if p.snapshot.At(role.Other()).VPC == nil {
		return false
	}
	needed, _ := cidr.SplitFamilies(p.request.Reached(p.snapshot, role))
	for _, entry := range cluster.Status.Peerings {
		if p.isOwn(entry) {
			return cidr.ContainsAll(prefixes(entry.CIDRBlocks), needed)
		}
	}
	return false
}

// isOwn reports whether an entry is of this very object, and not of a namesake before
// it. One of an earlier version has no UID and counts by name.
func (p *reconciliation) isOwn(entry v1alpha1.ClusterPeering) bool {
	return entry.Namespace == p.object.Namespace && entry.Name == p.object.Name && (entry.UID == "" || entry.UID == string(p.object.UID))
}

func prefixes(blocks []string) []netip.Prefix {
	parsed := make([]netip.Prefix, 0, len(blocks))
	for _, block := range blocks {
		if prefix, err := netip.ParsePrefix(block); err == nil {
			parsed = append(parsed, prefix)
		}
	}
	return parsed
}
