package podrules

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// ScaleDownDisabled on a node keeps Cluster Autoscaler from removing it.
const ScaleDownDisabled = "cluster-autoscaler.kubernetes.io/scale-down-disabled"

// leavingTaints say that somebody has begun to remove a node, or that its machine is off: pods are kept off it, like by a
// cordon, and it will not carry any again. DeletionCandidateOfClusterAutoscaler is none of them: such a node may stay.
var leavingTaints = map[string]bool{
	// Karpenter (pkg/apis/v1/taints.go in sigs.k8s.io/karpenter).
	"karpenter.sh/disrupted": true,
	// Cluster Autoscaler (cluster-autoscaler/utils/taints in kubernetes/autoscaler).
	"ToBeDeletedByClusterAutoscaler": true,
	// A person, after the machine went off (https://kubernetes.io/docs/reference/labels-annotations-taints/).
	corev1.TaintNodeOutOfService: true,
	// The cloud provider, while the instance is stopped.
	shutdownTaint: true,
}

// shutdownTaint is on a node whose instance is stopped.
const shutdownTaint = "node.cloudprovider.kubernetes.io/shutdown"

// Stopped reports whether the cloud provider says that the node's instance is stopped.
func Stopped(node *corev1.Node) bool {
	for _, taint := range node.Spec.Taints {
		if taint.Key == shutdownTaint {
			return true
		}
	}
	return false
}

// terminationHandlerTaints are those of AWS Node Termination Handler (pkg/node/node.go in aws/aws-node-termination-handler):
// spot-itn, scheduled-maintenance, asg-lifecycle-termination, rebalance-recommendation.
const terminationHandlerTaints = "aws-node-termination-handler/"

// LeavingBy is the taint by which somebody says that the node is being deleted; empty: nobody does.
func LeavingBy(node *corev1.Node) string {
	for _, taint := range node.Spec.Taints {
		if LeavingTaint(&taint) {
			return taint.Key
		}
	}
	return ""
}

// LeavingTaint reports whether a taint says so.
func LeavingTaint(taint *corev1.Taint) bool {
	return leavingTaints[taint.Key] || strings.HasPrefix(taint.Key, terminationHandlerTaints)
}
