package vpcpeering

import (
	"cmp"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// clusterWords say what a reason of a PeeredCluster means, without the names that
// its own message has.
var clusterWords = map[string]string{
	v1alpha1.ReasonProgressing:              "it is being rolled out",
	v1alpha1.ReasonSettling:                 "it waits until the set of peerings has been unchanged for a while",
	v1alpha1.ReasonCanaryRunning:            "one node tries the new value first",
	v1alpha1.ReasonCanaryFailed:             "the node that tried the new value failed, and it was taken back",
	v1alpha1.ReasonCollateralRoutes:         "other address space would lose masquerading, which its owner has to acknowledge",
	v1alpha1.ReasonNoSafeCIDR:               "no single block covers every peer safely",
	v1alpha1.ReasonPodAddressesNotRoutable:  "its pods have addresses that are not the VPC's, and that no peering carries",
	v1alpha1.ReasonManagedElsewhere:         "somebody else sets the value, and wins",
	v1alpha1.ReasonOverridesBlocked:         "its install does not read CiliumNodeConfigs for this key",
	v1alpha1.ReasonCiliumNotFound:           "no Cilium was found in it",
	v1alpha1.ReasonObserveOnly:              "its pods can't answer, and its strategy is None",
	v1alpha1.ReasonManual:                   "its owner has to set the value",
	v1alpha1.ReasonReverted:                 "somebody took back what crossvpc had written",
	v1alpha1.ReasonNodesStale:               "nodes run what was set before, and are not touched",
	v1alpha1.ReasonBlocked:                  "nodes can't be renewed",
	v1alpha1.ReasonProgressDeadlineExceeded: "a node did not come back in time",
	v1alpha1.ReasonEvidenceLost:             "it can't be told what its nodes run",
	v1alpha1.ReasonAwaitingApproval:         "its owner has to approve the rollout",
	v1alpha1.ReasonPaused:                   "its rollout is paused",
	v1alpha1.ReasonOutsideWindow:            "its rollout waits for its window",
	v1alpha1.ReasonInvalidWindow:            "its rollout's window can't be understood",
	v1alpha1.ReasonCiliumUpgrading:          "somebody is rolling Cilium out",
	v1alpha1.ReasonRolloutsStopped:          "all rollouts are stopped",
	v1alpha1.ReasonStrategyInsufficient:     "its strategy would leave pods without a way out",
	v1alpha1.ReasonClusterUnreachable:       "its API server does not answer",
	v1alpha1.ReasonInvalidKubeConfig:        "its kubeconfig can't be used",
	v1alpha1.ReasonEKSClusterNotFound:       "EKS has no such cluster",
	v1alpha1.ReasonAccessEntryMissing:       "it has no access entry for crossvpc",
	v1alpha1.ReasonTokenRefused:             "it refuses crossvpc's token",
	v1alpha1.ReasonForbidden:                "it denies crossvpc a permission",
	v1alpha1.ReasonAWSError:                 "what AWS has of it can't be read",
}

// inOwnWords says no more of a cluster than concerns this peering: what its own
// conditions say may name the blocks, routes, nodes and pods of other namespaces.
func (p *pass) inOwnWords(cluster *v1alpha1.PeeredCluster, condition *metav1.Condition) string {
	aboutNodes := condition.Type == v1alpha1.ConditionNodesUpToDate
	counted := ""
	if aboutNodes {
		counted = countedNodes(cluster.Status.Nodes)
	}
	cilium := cluster.Status.Cilium
	switch {
	case condition.Status != metav1.ConditionTrue:
		return fmt.Sprintf("%s%s; see kubectl describe peeredcluster %s", cmp.Or(clusterWords[condition.Reason], condition.Reason), counted, cluster.Name)
	case aboutNodes:
		return "no node is left to be renewed" + counted
	case condition.Reason == v1alpha1.ReasonNotRequired || cilium == nil || cilium.DesiredCIDR == "":
		return "nothing is to be changed for " + p.ownBlocks(cluster)
	default:
		return "its native routing CIDR contains " + p.ownBlocks(cluster)
	}
}

func countedNodes(nodes *v1alpha1.NodeCounts) string {
	if nodes == nil || nodes.Total == 0 {
		return ""
	}
	total := int(nodes.Total)
	said := fmt.Sprintf(" (%d of %s %s up to date", nodes.Current, message.Count(total, "node"), message.Verb(total, "is", "are"))
	if nodes.InProgress > 0 {
		said += fmt.Sprintf(", %d in progress", nodes.InProgress)
	}
	if nodes.Blocked > 0 {
		said += fmt.Sprintf(", %d blocked", nodes.Blocked)
	}
	return said + ")"
}

// ownBlocks are those that the cluster counts for this peering.
func (p *pass) ownBlocks(cluster *v1alpha1.PeeredCluster) string {
	for _, entry := range cluster.Status.Peerings {
		if p.isOwn(entry) && len(entry.CIDRBlocks) > 0 {
			return strings.Join(entry.CIDRBlocks, ", ")
		}
	}
	return "this peering's blocks"
}
