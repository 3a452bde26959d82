package clusterview

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// TestANodeKeepsItsInstanceWhateverTheStrategy: a replacement in progress is seen to its end also when the strategy is
// another one by then.
func TestANodeKeepsItsInstanceWhateverTheStrategy(t *testing.T) {
	node := &corev1.Node{Spec: corev1.NodeSpec{ProviderID: "aws:///eu-west-1a/i-0123456789abcdef0"}}
	instances := map[string]rollout.Instance{"i-0123456789abcdef0": {ID: "i-0123456789abcdef0", Group: "nodes"}}
	for _, strategy := range []v1alpha1.RolloutStrategy{v1alpha1.RolloutReplaceNodes, v1alpha1.RolloutRecyclePods, v1alpha1.RolloutRestartAgents} {
		var shown rollout.Node
		new(View).showWay(Question{Choice: rollout.Choice{Strategy: strategy}, Instances: instances}, node, &shown)
		if shown.Instance.Group != "nodes" {
			t.Errorf("%s: the instance is %+v", strategy, shown.Instance)
		}
	}
}

func TestAStoppedNodeOfAWarmPoolIsNotLeaving(t *testing.T) {
	const id = "i-0123456789abcdef0"
	node := corev1.Node{Spec: corev1.NodeSpec{ProviderID: "aws:///eu-west-1a/" + id, Taints: []corev1.Taint{{Key: "node.cloudprovider.kubernetes.io/shutdown", Effect: corev1.TaintEffectNoSchedule}}}}
	for name, c := range map[string]struct {
		instances map[string]rollout.Instance
		leaving   bool
	}{
		"of a warm pool":       {map[string]rollout.Instance{id: {ID: id, Group: "nodes", Warm: true}}, false},
		"in service, but off":  {map[string]rollout.Instance{id: {ID: id, Group: "nodes"}}, true},
		"nobody knows":         {nil, true},
		"warm, and on its way": {map[string]rollout.Instance{id: {ID: id, Group: "nodes", Warm: true, Leaving: true}}, true},
	} {
		var shown rollout.Node
		v := &View{Nodes: []corev1.Node{node}}
		v.showWay(Question{Choice: rollout.Choice{Strategy: v1alpha1.RolloutRecyclePods}, Instances: c.instances}, &node, &shown)
		if shown.Leaving() != c.leaving {
			t.Errorf("%s: leaving %t, want %t", name, shown.Leaving(), c.leaving)
		}
		if ids := v.StoppedInstanceIDs(); len(ids) != 1 || ids[0] != id {
			t.Errorf("%s: stopped are %v", name, ids)
		}
	}
	node.Spec.Taints = []corev1.Taint{{Key: "aws-node-termination-handler/spot-itn"}}
	var running rollout.Node
	(&View{}).showWay(Question{Instances: map[string]rollout.Instance{id: {ID: id, Warm: true, WarmRunning: true}}}, &node, &running)
	if !running.Leaving() {
		t.Error("a node that runs in a warm pool, and that its termination handler drains, is not leaving")
	}
	if ids := (&View{Nodes: []corev1.Node{{Spec: corev1.NodeSpec{ProviderID: node.Spec.ProviderID}}}}).StoppedInstanceIDs(); len(ids) > 0 {
		t.Errorf("a node that runs is stopped: %v", ids)
	}
}

// TestHoweverANodeSpellsItsInstanceItIsOneClaim, so that two spellings of one instance are seen to be one.
func TestHoweverANodeSpellsItsInstanceItIsOneClaim(t *testing.T) {
	const id = "i-0123456789abcdef0"
	v := &View{}
	for name, providerID := range map[string]string{
		"a": "aws:///eu-west-1a/" + id, "b": "aws:///eu-west-1b/" + id, "local": "aws:///us-west-2-lax-1a/i-01234567",
		"capitals": "aws:///eu-west-1a/I-0123456789ABCDEF0", "no-zone": "aws:////" + id, "path": "aws:///eu-west-1a/" + id + "/", "fargate": "aws:///eu-west-1a/abc/fargate-ip-10-0-0-1",
		"hybrid": "eks-hybrid:///eu-west-1/prod/mi-0123456789abcdef0", "two": "aws:///eu-west-1a/" + id + "," + id, "space": " aws:///eu-west-1a/" + id, "none": "",
	} {
		v.Nodes = append(v.Nodes, corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.NodeSpec{ProviderID: providerID}})
	}
	want := []proof.Claim{
		{Node: "a", InstanceID: id, Zone: "eu-west-1a"}, {Node: "b", InstanceID: id, Zone: "eu-west-1b"},
		{Node: "local", InstanceID: "i-01234567", Zone: "us-west-2-lax-1a"},
	}
	got := v.Claims()
	slices.SortFunc(got, func(a, b proof.Claim) int { return strings.Compare(a.Node, b.Node) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}
