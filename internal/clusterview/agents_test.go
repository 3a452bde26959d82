package clusterview

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

func TestANodeThatTheAgentsAreNotForIsLeftOut(t *testing.T) {
	agents := &appsv1.DaemonSet{}
	agents.Spec.Template.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: "linux"}
	agent := corev1.Pod{Spec: corev1.PodSpec{NodeName: "relabelled"}}
	v := &View{Install: cilium.Install{DaemonSet: agents, AgentPods: []corev1.Pod{agent}}}
	for name, c := range map[string]struct {
		labels map[string]string
		out    bool
	}{
		"linux":      {map[string]string{corev1.LabelOSStable: "linux"}, false},
		"windows":    {map[string]string{corev1.LabelOSStable: "windows"}, true},
		"fargate":    {map[string]string{corev1.LabelOSStable: "linux", "eks.amazonaws.com/compute-type": "fargate"}, true},
		"relabelled": {map[string]string{corev1.LabelOSStable: "other"}, false}, // it has an agent all the same
	} {
		if got := v.RunsNoAgent(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: c.labels}}); got != c.out {
			t.Errorf("%s: left out: %t", name, got)
		}
	}
}
