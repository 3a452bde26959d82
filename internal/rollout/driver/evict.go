package driver

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// mostEvictions bounds the requests of one pass over one node.
const mostEvictions = 50

// Evictions says what one pass over a node came to.
type Evictions struct {
	// Accepted were told to go, or are gone; Refused are held by a budget, for now.
	Accepted, Refused int
	// Refusal is what the API server said of the first that was refused.
	Refusal string
}

// Evict asks for the eviction of pods, once each. It never deletes and never
// forces: a budget's no is an answer, not an error. Pods already terminating are
// left alone. The UID makes sure that a namesake which came since is not hit.
func Evict(ctx context.Context, kube client.Client, pods []*corev1.Pod) (Evictions, error) {
	var done Evictions
	for i, pod := range inEvictionOrder(pods) {
		if i == mostEvictions {
			break
		}
		if pod.DeletionTimestamp != nil {
			continue
		}
		err := evict(ctx, kube, pod)
		switch {
		case err == nil, apierrors.IsNotFound(err), apierrors.IsConflict(err) && !apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause):
			done.Accepted++
		case apierrors.IsTooManyRequests(err):
			done.Refused++
			if done.Refusal == "" {
				done.Refusal = err.Error()
			}
		case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
			done.Refused++
		default:
			return done, fmt.Errorf("evicting pod %s/%s: %w", pod.Namespace, pod.Name, err)
		}
	}
	return done, nil
}

func evict(ctx context.Context, kube client.Client, pod *corev1.Pod) error {
	uid := pod.UID
	return kube.SubResource("eviction").Create(ctx, pod, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}},
	})
}
