package podrules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func budgetOf(desired, expected int32, change func(*policyv1.PodDisruptionBudget)) policyv1.PodDisruptionBudget {
	budget := policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Generation: 1},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: labelled("web")}},
		Status:     policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 1, DesiredHealthy: desired, ExpectedPods: expected},
	}
	change(&budget)
	return budget
}

func TestDeadlockTellsNeverFromNotNow(t *testing.T) {
	asIs := func(*policyv1.PodDisruptionBudget) {}
	always, ifHealthy := policyv1.AlwaysAllow, policyv1.IfHealthyBudget
	healthy := func(current int32) func(*policyv1.PodDisruptionBudget) {
		return func(b *policyv1.PodDisruptionBudget) { b.Status.CurrentHealthy = current }
	}
	running := podWith(func(*corev1.Pod) {})
	for name, c := range map[string]struct {
		pod    *corev1.Pod
		budget policyv1.PodDisruptionBudget
		want   string
	}{
		"it demands all":                                   {running, budgetOf(3, 3, asIs), ReasonBudgetNeverAllows},
		"it demands more than all":                         {running, budgetOf(4, 3, asIs), ReasonBudgetNeverAllows},
		"it can spare one":                                 {running, budgetOf(2, 3, asIs), ""},
		"it is not judged yet":                             {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Generation = 2 }), ""},
		"it has no pods":                                   {running, budgetOf(0, 0, asIs), ""},
		"it is of another namespace":                       {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Namespace = "bank" }), ""},
		"it selects others":                                {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector.MatchLabels = labelled("cart") }), ""},
		"it has no selector":                               {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector = nil }), ""},
		"its selector is empty":                            {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector = &metav1.LabelSelector{} }), ReasonBudgetNeverAllows},
		"the pod is pending":                               {podWith(func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending }), budgetOf(3, 3, asIs), ""},
		"the pod is going":                                 {podWith(func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }), budgetOf(3, 3, asIs), ""},
		"the pod is not Ready":                             {running, budgetOf(3, 3, asIs), ReasonBudgetNeverAllows},
		"the pod is not Ready, and others meet the demand": {running, budgetOf(3, 3, healthy(3)), ""},
		"the pod is not Ready, and more meet the demand":   {running, budgetOf(3, 3, healthy(4)), ""},
		"the pod is not Ready, and the demand is not met":  {running, budgetOf(3, 3, healthy(2)), ReasonBudgetNeverAllows},
		"the pod is not Ready, and nothing is demanded":    {running, budgetOf(0, 0, healthy(1)), ""},
		"the same where the policy is named":               {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { healthy(3)(b); b.Spec.UnhealthyPodEvictionPolicy = &ifHealthy }), ""},
		"the same where the policy is named, not met":      {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { healthy(2)(b); b.Spec.UnhealthyPodEvictionPolicy = &ifHealthy }), ReasonBudgetNeverAllows},
		"a Ready pod, whoever else meets the demand": {podWith(func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		}), budgetOf(3, 3, healthy(4)), ReasonBudgetNeverAllows},
		"a pod whose readiness is not known is not Ready": {podWith(func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionUnknown}}
		}), budgetOf(3, 3, healthy(3)), ""},
		"unhealthy pods may always go": {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.UnhealthyPodEvictionPolicy = &always }), ""},
		"healthy pods may not": {podWith(func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		}), budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.UnhealthyPodEvictionPolicy = &always }), ReasonBudgetNeverAllows},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if finding := IndexBudgets([]policyv1.PodDisruptionBudget{c.budget}).Deadlock(c.pod); finding != nil {
				got = finding.Reason
			}
			if got != c.want {
				t.Errorf("reason %q, want %q", got, c.want)
			}
		})
	}
}
