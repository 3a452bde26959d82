package clusterview

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// ofKarpenter makes the node one of a NodePool whose NodeClaim has pods forced out after some time; empty: it has not.
func ofKarpenter(v *View, forcedAfter string) {
	const provider = "aws:///eu-west-1a/i-0123456789abcdef0"
	pool, claim := &podrules.NodePool{}, &podrules.NodeClaim{}
	claim.Spec.TerminationGracePeriod = forcedAfter
	v.Karpenter = podrules.Karpenter{Pools: map[string]*podrules.NodePool{"default": pool}, Claims: map[string]*podrules.NodeClaim{provider: claim}}
	v.Nodes[0].Labels[podrules.NodePoolLabel], v.Nodes[0].Spec.ProviderID = "default", provider
}

func annotated(pairs ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		if p.Annotations == nil {
			p.Annotations = map[string]string{}
		}
		for i := 0; i < len(pairs); i += 2 {
			p.Annotations[pairs[i]] = pairs[i+1]
		}
	}
}

func ofDaemonSet(p *corev1.Pod) { p.OwnerReferences[0].Kind = "DaemonSet" }

func all(changes ...func(*corev1.Pod)) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		for _, change := range changes {
			change(p)
		}
	}
}

// budgetOf demands so many of the three pods that it selects.
func budgetOf(desired int32) []policyv1.PodDisruptionBudget {
	return []policyv1.PodDisruptionBudget{{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{}},
		Status: policyv1.PodDisruptionBudgetStatus{DesiredHealthy: desired, ExpectedPods: 3},
	}}
}

func TestN2WhatKarpenterWaitsForOrForcesOutIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	never := annotated(podrules.DoNotDisrupt, "true")
	for name, c := range map[string]struct {
		pod                 func(*corev1.Pod)
		budgets             []policyv1.PodDisruptionBudget
		after               string
		allowed             bool
		waits, exposed, why string
	}{
		"a pod that refuses":                           {pod: never, waits: podrules.ReasonPodRefuses},
		"a DaemonSet's pod that refuses":               {pod: all(ofDaemonSet, never), waits: podrules.ReasonPodRefuses, why: "Karpenter does not replace a node with such a pod"},
		"one on the host network":                      {pod: all(ofDaemonSet, never, func(p *corev1.Pod) { p.Spec.HostNetwork = true }), waits: podrules.ReasonPodRefuses},
		"a static pod that refuses":                    {pod: all(static, never), waits: podrules.ReasonPodRefuses},
		"one that refused for a time that is over":     {pod: all(ofDaemonSet, annotated(podrules.DoNotDisrupt, "30m"))},
		"one that refuses for a time":                  {pod: all(ofDaemonSet, annotated(podrules.DoNotDisrupt, "3h")), waits: podrules.ReasonPodRefusesForNow},
		"one that is on its way out":                   {pod: all(ofDaemonSet, never, func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} })},
		"one that has ended":                           {pod: all(ofDaemonSet, never, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed })},
		"a DaemonSet's pod under a budget forever":     {pod: ofDaemonSet, budgets: budgetOf(3), waits: podrules.ReasonBudgetNeverAllows},
		"a DaemonSet's pod that tolerates the removal": {pod: all(ofDaemonSet, func(p *corev1.Pod) { p.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}} }), budgets: budgetOf(3)},
		"an ordinary budget":                           {pod: ofDaemonSet, budgets: budgetOf(2)},
		"safe-to-evict, which Karpenter does not know": {pod: annotated("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"), exposed: podrules.ReasonPodRefuses},

		"a pod that refuses is forced out":             {pod: never, after: "1h", exposed: podrules.ReasonPodRefuses, why: "The node's NodeClaim, of NodePool default, has a terminationGracePeriod of 1h, after which Karpenter forces it out. Set spec.rollout.forcedEvictions to Allowed"},
		"a DaemonSet's pod that refuses is forced out": {pod: all(ofDaemonSet, never), after: "1h", exposed: podrules.ReasonPodRefuses},
		"a static pod that refuses is forced out":      {pod: all(static, never), after: "1h", exposed: podrules.ReasonPodRefuses},
		"a pod under a budget forever is forced out":   {pod: func(*corev1.Pod) {}, budgets: budgetOf(3), after: "1h", exposed: podrules.ReasonBudgetNeverAllows},
		"a pod with two budgets is forced out":         {pod: func(*corev1.Pod) {}, budgets: append(budgetOf(1), budgetOf(1)...), after: "1h", exposed: podrules.ReasonSeveralBudgets},
		"a pod that refuses for a time is forced out":  {pod: annotated(podrules.DoNotDisrupt, "3h"), after: "1h", exposed: podrules.ReasonPodRefusesForNow},
		"a time that is over":                          {pod: annotated(podrules.DoNotDisrupt, "30m"), after: "1h"},
		"an ordinary budget is honoured until then":    {pod: func(*corev1.Pod) {}, budgets: budgetOf(2), after: "1h"},
		"a pod that is forced out, where that may be":  {pod: never, after: "1h", allowed: true},
		"a budget forever, where that may be":          {pod: func(*corev1.Pod) {}, budgets: budgetOf(3), after: "1h", allowed: true},
		"what it does not know, where that may be":     {pod: annotated("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"), after: "1h", allowed: true, exposed: podrules.ReasonPodRefuses},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := nodeWith("1.18.0", oldPod(c.pod))
			v.Budgets = c.budgets
			ofKarpenter(v, c.after)
			var node rollout.Node
			q := Question{Now: noon, Choice: rollout.Choice{Strategy: v1alpha1.RolloutReplaceNodes}, ForcedEvictions: c.allowed, RefusalOn: func(types.UID) string { return "" }}
			node = v.rolloutNode(q, &v.Nodes[0], v.PodsByNode()["n"])
			for what, found := range map[string]struct {
				got  *rollout.Finding
				want string
			}{"undisruptable": {node.Undisruptable, c.waits}, "exposed": {node.Exposed, c.exposed}} {
				reason, message := "", ""
				if found.got != nil {
					reason, message = found.got.Reason, found.got.Message
				}
				if reason != found.want || found.want != "" && !strings.Contains(message, c.why) {
					t.Errorf("%s: %q (%s), want %q with %q", what, reason, message, found.want, c.why)
				}
			}
			if node.Forced != c.allowed {
				t.Errorf("forced: %t", node.Forced)
			}
		})
	}
}

// TestKarpenterIsWaitedForSinceTheLastPodsTimeEnded also where a drain of ours would leave the pod: Karpenter asks all of them.
func TestKarpenterIsWaitedForSinceTheLastPodsTimeEnded(t *testing.T) {
	t.Parallel()
	halfAnHour := annotated(podrules.DoNotDisrupt, "30m")
	over := noon.Add(-90 * time.Minute) // the pods are two hours old
	for name, c := range map[string]struct {
		pod  func(*corev1.Pod)
		want time.Time
	}{
		"a pod that leaves":   {halfAnHour, over},
		"a DaemonSet's pod":   {all(ofDaemonSet, halfAnHour), over},
		"a static pod":        {all(static, halfAnHour), over},
		"one that has ended":  {all(halfAnHour, func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }), time.Time{}},
		"one that still asks": {annotated(podrules.DoNotDisrupt, "3h"), time.Time{}},
		"one that never did":  {func(*corev1.Pod) {}, time.Time{}},
	} {
		v := nodeWith("1.18.0", oldPod(c.pod))
		ofKarpenter(v, "")
		q := Question{Now: noon, Choice: rollout.Choice{Strategy: v1alpha1.RolloutReplaceNodes}, RefusalOn: func(types.UID) string { return "" }}
		if node := v.rolloutNode(q, &v.Nodes[0], v.PodsByNode()["n"]); !node.FreeSince.Equal(c.want) {
			t.Errorf("%s: since %s, want %s", name, node.FreeSince, c.want)
		}
	}
}
