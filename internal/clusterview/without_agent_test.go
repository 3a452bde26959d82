package clusterview

import (
	"context"
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// agents answers for the agent's DaemonSet: one that keeps off nodes with cilium.io/no-schedule, as Cilium's chart does.
type agents struct {
	client.Reader

	err error
}

func (a agents) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	if key.Namespace != "kube-system" || key.Name != "cilium" {
		return errors.New("asked for " + key.String())
	}
	if a.err == nil {
		object.(*appsv1.DaemonSet).Spec.Template.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "cilium.io/no-schedule", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"true"}}},
			}}},
		}}
	}
	return a.err
}

func TestANodeWithoutAgentIsKnownByTheDaemonSetsOwnRules(t *testing.T) {
	daemonSets := schema.GroupResource{Group: "apps", Resource: "daemonsets"}
	labelled := func(key, value string) *corev1.Node {
		return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{key: value}}}
	}
	tainted := labelled("a", "b")
	tainted.Spec.Taints = []corev1.Taint{{Key: "gpu", Effect: corev1.TaintEffectNoSchedule}}
	for name, test := range map[string]struct {
		cluster agents
		node    *corev1.Node
		want    bool
	}{
		"any node":                      {agents{}, labelled("a", "b"), false},
		"Fargate":                       {agents{}, labelled("eks.amazonaws.com/compute-type", "fargate"), true},
		"by node affinity":              {agents{}, labelled("cilium.io/no-schedule", "true"), true},
		"by a taint":                    {agents{}, tainted, true},
		"no DaemonSet: by labels":       {agents{err: apierrors.NewNotFound(daemonSets, "cilium")}, labelled("cilium.io/no-schedule", "true"), false},
		"it may not be read: by labels": {agents{err: apierrors.NewForbidden(daemonSets, "cilium", nil)}, labelled("eks.amazonaws.com/compute-type", "auto"), true},
	} {
		without, err := WithoutAgent(t.Context(), test.cluster, "kube-system")
		if err != nil || without(test.node) != test.want {
			t.Errorf("%s: %t, %v; want %t", name, !test.want, err, test.want)
		}
	}
	if _, err := WithoutAgent(t.Context(), agents{err: errors.New("silent")}, "kube-system"); err == nil {
		t.Error("a read that failed counts as an answer")
	}
}
