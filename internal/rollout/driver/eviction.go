package driver

import (
	"context"
	"errors"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// isRefusal reports whether a budget says no: 429 with a cause, 504 when the budget changes too fast, and 500 for a pod
// with two budgets (pkg/registry/core/pod/storage/eviction.go in kubernetes/kubernetes); or an admission policy does, as
// those that drain databases on their own terms. A 429 without the cause is the API server asking for less traffic, and a
// missing right is no refusal.
func isRefusal(err error) bool {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	switch {
	case !ok:
		return false
	case apierrors.IsTooManyRequests(err):
		return apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause)
	case status.Status().Code == http.StatusInternalServerError:
		return strings.Contains(status.Status().Message, "more than one PodDisruptionBudget")
	case strings.Contains(status.Status().Message, deniedByWebhook), strings.Contains(status.Status().Message, deniedByPolicy):
		return true
	default:
		return apierrors.IsTimeout(err)
	}
}

// What the API server says where admission refuses, with whatever code (k8s.io/apiserver, pkg/admission/plugin/webhook/errors
// and pkg/admission/plugin/policy/validating).
const (
	deniedByWebhook = "admission webhook"
	deniedByPolicy  = "ValidatingAdmissionPolicy"
)

// budgetText is the cause, which names the budget and its numbers, rather than the general message.
func budgetText(err error) string {
	if cause, ok := apierrors.StatusCause(err, policyv1.DisruptionBudgetCause); ok && cause.Message != "" {
		return cause.Message
	}
	return err.Error()
}

// evict waits for the answer also when the reconciliation is to end, as when the manager is asked to stop: see longestAnswer.
func evict(ctx context.Context, kube client.Client, pod *corev1.Pod) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestAnswer)
	defer cancel()
	uid := pod.UID
	return kube.SubResource("eviction").Create(ctx, pod, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}},
	})
}
