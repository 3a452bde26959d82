package clusterview

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// TestADriverKeepsTheInstanceWhateverTheStrategy: a replacement in hand is seen to its end also when the strategy is
// another one by then.
func TestADriverKeepsTheInstanceWhateverTheStrategy(t *testing.T) {
	node := &corev1.Node{Spec: corev1.NodeSpec{ProviderID: "aws:///eu-west-1a/i-0123456789abcdef0"}}
	instances := map[string]rollout.Instance{"i-0123456789abcdef0": {ID: "i-0123456789abcdef0", Group: "nodes"}}
	for _, strategy := range []v1alpha1.RolloutStrategy{v1alpha1.RolloutReplaceNodes, v1alpha1.RolloutRecyclePods, v1alpha1.RolloutRestartAgents} {
		if _, _, instance := driverOf(node, strategy, instances); instance.Group != "nodes" {
			t.Errorf("%s: the instance is %+v", strategy, instance)
		}
	}
}
