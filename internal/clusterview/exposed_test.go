package clusterview

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// bare adds a node of the NodePool that runs no agent, because the agents do not tolerate its taint, with a pod on it.
func bare(v *View, pod corev1.Pod) {
	const provider = "aws:///eu-west-1a/i-0fedcba9876543210"
	node := *v.Nodes[0].DeepCopy()
	node.Name, node.UID, node.Spec.ProviderID, node.Labels[corev1.LabelHostname] = "bare", "bare", provider, "bare"
	node.Spec.Taints = []corev1.Taint{{Key: "gpu", Effect: corev1.TaintEffectNoSchedule}}
	v.Nodes = append(v.Nodes, node)
	claim := *v.Karpenter.Claims[v.Nodes[0].Spec.ProviderID]
	v.Karpenter.Claims[provider] = &claim
	pod.Spec.NodeName = "bare"
	v.Pods = append(v.Pods, pod)
}

func onLocalVolume(v *View) func(*corev1.Pod) {
	volume := corev1.PersistentVolume{}
	volume.Name, volume.Spec.HostPath = "scratch", &corev1.HostPathVolumeSource{Path: "/mnt"}
	volume.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "shop", Name: "data"}
	v.Storage = podrules.IndexStorage([]corev1.PersistentVolume{volume}, nil)
	return func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}}}
	}
}

// TestN2ANodePoolIsNotMarkedWhileANodeOfItWithoutAgentHasWhatMustNotBeDisturbed: Karpenter replaces that node, too.
func TestN2ANodePoolIsNotMarkedWhileANodeOfItWithoutAgentHasWhatMustNotBeDisturbed(t *testing.T) {
	t.Parallel()
	notSafe := annotated("cluster-autoscaler.kubernetes.io/safe-to-evict", "false")
	for name, c := range map[string]struct {
		pod     func(*corev1.Pod)
		local   bool
		forces  string
		allowed bool
		mark    string
		change  func(*corev1.Node)
		want    string
	}{
		"a pod that Karpenter would evict":          {pod: notSafe, want: podrules.ReasonPodRefuses},
		"the pool has the mark of another value":    {pod: notSafe, mark: "r0", want: podrules.ReasonPodRefuses},
		"a pod that Karpenter leaves the node for":  {pod: annotated(podrules.DoNotDisrupt, "true")},
		"one that it forces out":                    {pod: annotated(podrules.DoNotDisrupt, "true"), forces: "1h", want: podrules.ReasonPodRefuses},
		"one that it forces out, where that may be": {pod: annotated(podrules.DoNotDisrupt, "true"), forces: "1h", allowed: true},
		"data on its own disk":                      {local: true, want: podrules.ReasonLocalVolume},
		"nothing that asks for it":                  {pod: func(*corev1.Pod) {}},
		"the pool has this mark: no further one":    {pod: notSafe, mark: "r1", want: podrules.ReasonPodRefuses},
		"the node is going away": {pod: notSafe, change: func(n *corev1.Node) {
			n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: "karpenter.sh/disrupted"})
		}},
		"the node is another's: the pool is not asked": {pod: notSafe, change: func(n *corev1.Node) { delete(n.Labels, podrules.NodePoolLabel) }},
	} {
		v := nodeWith("1.18.0")
		ofKarpenter(v, c.forces)
		if c.local {
			c.pod = onLocalVolume(v)
		}
		bare(v, oldPod(c.pod))
		if c.change != nil {
			c.change(&v.Nodes[1])
		}
		v.Karpenter.Pools["default"].Spec.Template.Metadata.Annotations = map[string]string{podrules.NodePoolAnnotation: c.mark}
		q := Question{Now: noon, Choice: rollout.Choice{Strategy: v1alpha1.RolloutReplaceNodes}, ForcedEvictions: c.allowed, RefusalOn: func(types.UID) string { return "" }}
		reason, message := "", ""
		if refuses := v.NodePools(q, "r1", nil)["default"].Unmarkable; refuses != nil {
			reason, message = refuses.Reason, refuses.Message
		}
		if reason != c.want || c.want != "" && !strings.Contains(message, "also bare, which runs no Cilium agent, and not spare this there: P") {
			t.Errorf("%s: %q (%s), want %q", name, reason, message, c.want)
		}
	}
}
