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
	v1alpha1.ReasonProgressing:              "The rollout is in progress",
	v1alpha1.ReasonSettling:                 "It waits until its set of peerings is unchanged for a while",
	v1alpha1.ReasonCanaryRunning:            "One node tries the new value first",
	v1alpha1.ReasonCanaryFailed:             "The node that tried the new value failed, and the value was reverted",
	v1alpha1.ReasonCollateralRoutes:         "Other address space would lose masquerading, and its owner has to acknowledge that",
	v1alpha1.ReasonNoSafeCIDR:               "No single block covers every peer safely",
	v1alpha1.ReasonPodAddressesNotRoutable:  "Its pods have addresses that are not from the VPC, and no peering carries those",
	v1alpha1.ReasonManagedElsewhere:         "Somebody else sets the value, and crossvpc does not overwrite it",
	v1alpha1.ReasonOverridesBlocked:         "Its Cilium does not read this setting from CiliumNodeConfigs",
	v1alpha1.ReasonCiliumNotFound:           "No Cilium was found in it",
	v1alpha1.ReasonObserveOnly:              "Its pods cannot answer, and its strategy is None",
	v1alpha1.ReasonManual:                   "Its owner has to set the value",
	v1alpha1.ReasonDaemonSetOnDelete:        "A person has to delete pods of its aws-node before the new value reaches every node",
	v1alpha1.ReasonReverted:                 "Somebody reverted what crossvpc had written",
	v1alpha1.ReasonNodesStale:               "Nodes still use the old value, and crossvpc does not touch them",
	v1alpha1.ReasonBlocked:                  "Nodes cannot be renewed",
	v1alpha1.ReasonProgressDeadlineExceeded: "A node did not come back in time",
	v1alpha1.ReasonEvidenceLost:             "crossvpc cannot determine which value its nodes run",
	v1alpha1.ReasonAwaitingApproval:         "Its owner has to approve the rollout",
	v1alpha1.ReasonPaused:                   "Its rollout is paused",
	v1alpha1.ReasonOutsideWindow:            "Its rollout waits for its window",
	v1alpha1.ReasonWaitingForTurn:           "Its rollout waits for that of other clusters",
	v1alpha1.ReasonInvalidOrder:             "Its rollout is to come after clusters that are not there, or in a cycle",
	v1alpha1.ReasonInvalidWindow:            "The window of its rollout is not valid",
	v1alpha1.ReasonCiliumUpgrading:          "Somebody is updating Cilium itself",
	v1alpha1.ReasonCiliumNamespaceChanged:   "Its spec.cilium.namespace was changed while crossvpc has settings in the former namespace",
	v1alpha1.ReasonCiliumUpgradePending:     "Its Cilium has to be updated first",
	v1alpha1.ReasonRolloutsStopped:          "All rollouts are stopped",
	v1alpha1.ReasonStrategyInsufficient:     "Its strategy would leave pods without a working route",
	v1alpha1.ReasonClusterUnreachable:       "Its API server does not answer",
	v1alpha1.ReasonInvalidKubeConfig:        "Its kubeconfig cannot be used",
	v1alpha1.ReasonEKSClusterNotFound:       "EKS has no such cluster",
	v1alpha1.ReasonAccessEntryMissing:       "It has no access entry for crossvpc",
	v1alpha1.ReasonTokenRefused:             "It refuses crossvpc's token",
	v1alpha1.ReasonForbidden:                "It denies crossvpc a permission",
	v1alpha1.ReasonAWSError:                 "crossvpc cannot read what AWS says about it",
}

// inOwnWords says only what concerns this peering: what the cluster's own
// conditions say may name the blocks, routes, nodes and pods of other namespaces.
func (p *reconciliation) inOwnWords(cluster *v1alpha1.PeeredCluster, condition *metav1.Condition) string {
	aboutNodes := condition.Type == v1alpha1.ConditionNodesUpToDate
	counted := ""
	if aboutNodes {
		counted = countedNodes(cluster.Status.Nodes)
	}
	cilium := cluster.Status.Cilium
	switch {
	case condition.Status != metav1.ConditionTrue:
		return fmt.Sprintf("%s%s. See kubectl describe peeredcluster %s.", cmp.Or(clusterWords[condition.Reason], condition.Reason), counted, cluster.Name)
	case aboutNodes:
		return "No node is left to renew" + counted + "."
	case condition.Reason == v1alpha1.ReasonNotRequired || cilium == nil || cilium.DesiredCIDR == "":
		return "Nothing has to change for " + p.ownBlocks(cluster) + "."
	default:
		return "The native routing CIDR contains " + p.ownBlocks(cluster) + "."
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
func (p *reconciliation) ownBlocks(cluster *v1alpha1.PeeredCluster) string {
	for _, entry := range cluster.Status.Peerings {
		if p.isOwn(entry) && len(entry.CIDRBlocks) > 0 {
			return strings.Join(entry.CIDRBlocks, ", ")
		}
	}
	return "this peering's blocks"
}
