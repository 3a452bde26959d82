package plugin

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
)

// onNode is a pod of a DaemonSet in kube-system.
func onNode(name, daemonSet, node string, ready corev1.ConditionStatus) *corev1.Pod {
	owner := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "DaemonSet", Name: daemonSet, UID: "1", Controller: new(true)}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: name, OwnerReferences: []metav1.OwnerReference{owner}},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "cilium-agent", Image: "quay.io/cilium/cilium:v1.18.0"}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}},
	}
}

func TestTheAgentOfAPodsNodeIsLookedFor(t *testing.T) {
	fargate := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "fargate-1", Labels: map[string]string{"eks.amazonaws.com/compute-type": "fargate"}}}
	failing := onNode("cilium-3", "cilium", "n3", corev1.ConditionFalse)
	failing.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "cilium-agent", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}}}
	refusal := error(nil)
	kube := fake.NewClientBuilder().
		WithIndex(&corev1.Pod{}, "spec.nodeName", func(o client.Object) []string { return []string{o.(*corev1.Pod).Spec.NodeName} }).
		WithObjects(fargate, onNode("cilium-1", "cilium", "n1", corev1.ConditionTrue), onNode("envoy-2", "cilium-envoy", "n2", corev1.ConditionTrue), failing).
		WithInterceptorFuncs(interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if refusal != nil {
				return refusal
			}
			return c.List(ctx, list, options...)
		}}).Build()
	for node, want := range map[string]diagnosis.Agent{
		"n1":        {Namespace: "kube-system", Name: "cilium-1", Ready: true},
		"n2":        {Namespace: "kube-system"},
		"n3":        {Namespace: "kube-system", Name: "cilium-3", Failing: true},
		"fargate-1": {Namespace: "kube-system", NotForNode: true},
	} {
		if got := agentOn(t.Context(), kube, "kube-system", node); got != want {
			t.Errorf("%s: %+v, want %+v", node, got, want)
		}
	}
	refusal = apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", nil)
	if got := agentOn(t.Context(), kube, "kube-system", "n1"); got.Unread == "" || got.Name != "" {
		t.Errorf("what may not be read: %+v", got)
	}
}
