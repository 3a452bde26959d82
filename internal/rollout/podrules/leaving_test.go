package podrules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestN1ATaintOfWhoeverRemovesNodesMeansANodeThatLeaves(t *testing.T) {
	t.Parallel()
	for key, leaves := range map[string]bool{
		"karpenter.sh/disrupted":                                 true,
		"ToBeDeletedByClusterAutoscaler":                         true,
		"node.kubernetes.io/out-of-service":                      true,
		"node.cloudprovider.kubernetes.io/shutdown":              true,
		"aws-node-termination-handler/spot-itn":                  true,
		"aws-node-termination-handler/scheduled-maintenance":     true,
		"aws-node-termination-handler/asg-lifecycle-termination": true,
		"aws-node-termination-handler/rebalance-recommendation":  true,
		"DeletionCandidateOfClusterAutoscaler":                   false,
		"karpenter.sh/unregistered":                              false,
		"node.cloudprovider.kubernetes.io/uninitialized":         false,
		"node.kubernetes.io/unschedulable":                       false,
		"aws-node-termination-handler":                           false,
		"dedicated":                                              false,
	} {
		for _, effect := range []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute, corev1.TaintEffectPreferNoSchedule} {
			node := &corev1.Node{Spec: corev1.NodeSpec{Taints: []corev1.Taint{{Key: "first", Effect: effect}, {Key: key, Value: "1764500000", Effect: effect}}}}
			if got := LeavingBy(node) == key; got != leaves {
				t.Errorf("%s:%s: leaves %t, want %t", key, effect, got, leaves)
			}
		}
	}
}
