package podrules

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

const (
	// ReasonBudgetNeverAllows is the reason of a node with a pod whose budget allows no disruption even when every pod is
	// healthy.
	ReasonBudgetNeverAllows = "BudgetNeverAllows"
	// ReasonSeveralBudgets is the reason of a node with a pod that has more than one budget.
	ReasonSeveralBudgets = "SeveralBudgets"
)

// Budgets are the budgets of a cluster, ready to be asked about thousands of pods.
type Budgets map[string][]selectingBudget // by namespace

type selectingBudget struct {
	*policyv1.PodDisruptionBudget

	selector labels.Selector
}

// IndexBudgets prepares budgets. One without a selector that can be read governs no pod.
func IndexBudgets(budgets []policyv1.PodDisruptionBudget) Budgets {
	index := Budgets{}
	for i := range budgets {
		budget := &budgets[i]
		if budget.Spec.Selector == nil {
			continue
		}
		if selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector); err == nil {
			index[budget.Namespace] = append(index[budget.Namespace], selectingBudget{budget, selector})
		}
	}
	return index
}

// Deadlock says why the pod can never be evicted as things are: its budget demands as many healthy pods as there are
// to be, or it has two budgets, which the eviction API answers with an error. nil: waiting may help.
func (b Budgets) Deadlock(pod *corev1.Pod) *Finding {
	if exempt(pod) {
		return nil
	}
	governing := b.of(pod)
	switch {
	case len(governing) > 1:
		return &Finding{
			Reason: ReasonSeveralBudgets,
			Message: fmt.Sprintf("Pod %s/%s has several PodDisruptionBudgets (%s and %s), so it cannot be evicted. Leave it one.",
				pod.Namespace, pod.Name, governing[0].Name, governing[1].Name),
		}
	case len(governing) == 1 && neverAllows(governing[0], pod):
		budget := governing[0]
		return &Finding{
			Reason: ReasonBudgetNeverAllows,
			Message: fmt.Sprintf("PodDisruptionBudget %s/%s requires %d healthy pods of %d, so pod %s can never be evicted. Relax it, or add replicas.",
				budget.Namespace, budget.Name, budget.Status.DesiredHealthy, budget.Status.ExpectedPods, pod.Name),
		}
	default:
		return nil
	}
}

// exempt reports whether the eviction API asks no budget (canIgnorePDB in kubernetes/kubernetes).
func exempt(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp != nil || finished(pod) || pod.Status.Phase == corev1.PodPending
}

// neverAllows: a pod that is not Ready may be evicted where the policy says so, or where the budget's demand is met without it
// (unhealthyPodEvictionPolicy in pkg/registry/core/pod/storage/eviction.go of kubernetes/kubernetes).
func neverAllows(budget *policyv1.PodDisruptionBudget, pod *corev1.Pod) bool {
	if !Ready(pod) && letsUnhealthyGo(budget) {
		return false
	}
	return observed(budget) && budget.Status.DesiredHealthy >= budget.Status.ExpectedPods
}

func letsUnhealthyGo(budget *policyv1.PodDisruptionBudget) bool {
	if policy := budget.Spec.UnhealthyPodEvictionPolicy; policy != nil && *policy == policyv1.AlwaysAllow {
		return true
	}
	return budget.Status.DesiredHealthy > 0 && budget.Status.CurrentHealthy >= budget.Status.DesiredHealthy
}

// observed: the disruption controller has judged the budget as it is now.
func observed(budget *policyv1.PodDisruptionBudget) bool {
	return budget.Status.ObservedGeneration == budget.Generation && budget.Status.ExpectedPods > 0
}

func (b Budgets) of(pod *corev1.Pod) []*policyv1.PodDisruptionBudget {
	var governing []*policyv1.PodDisruptionBudget
	for _, budget := range b[pod.Namespace] {
		if budget.selector.Matches(labels.Set(pod.Labels)) {
			governing = append(governing, budget.PodDisruptionBudget)
		}
	}
	return governing
}
