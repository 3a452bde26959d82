package driver

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// ReasonBudgetNeverAllows is the reason of a node with a pod whose budget allows
// no disruption even when every pod is healthy.
const ReasonBudgetNeverAllows = "BudgetNeverAllows"

// Deadlock names the budget that can never let the pod go: it demands as many
// healthy pods as there are to be. nil: waiting may help.
func Deadlock(pod *corev1.Pod, budgets []policyv1.PodDisruptionBudget) *rollout.Finding {
	for i := range budgets {
		budget := &budgets[i]
		if !governs(budget, pod) || !observed(budget) || budget.Status.DesiredHealthy < budget.Status.ExpectedPods {
			continue
		}
		return &rollout.Finding{
			Reason: ReasonBudgetNeverAllows,
			Message: fmt.Sprintf("PodDisruptionBudget %s/%s demands %d healthy pods of %d, so pod %s can never be evicted; relax it or add replicas",
				budget.Namespace, budget.Name, budget.Status.DesiredHealthy, budget.Status.ExpectedPods, pod.Name),
		}
	}
	return nil
}

// observed: the disruption controller has judged the budget as it is now.
func observed(budget *policyv1.PodDisruptionBudget) bool {
	return budget.Status.ObservedGeneration == budget.Generation && budget.Status.ExpectedPods > 0
}

func governs(budget *policyv1.PodDisruptionBudget, pod *corev1.Pod) bool {
	if budget.Namespace != pod.Namespace || budget.Spec.Selector == nil {
		return false
	}
	selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
	return err == nil && selector.Matches(labels.Set(pod.Labels))
}
