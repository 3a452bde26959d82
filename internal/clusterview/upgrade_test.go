package clusterview

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNodesWithAnAgentOfAnOlderRevisionAreNamed(t *testing.T) {
	agent := func(node, hash string, made int64) corev1.Pod {
		return corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(time.Unix(made, 0)), Labels: map[string]string{appsv1.ControllerRevisionHashLabelKey: hash}},
			Spec:       corev1.PodSpec{NodeName: node},
		}
	}
	leaving := agent("b", "one", 1)
	leaving.DeletionTimestamp = &metav1.Time{}
	for name, c := range map[string]struct {
		agents []corev1.Pod
		want   []string
	}{
		"none without agents":                    {nil, nil},
		"none of one revision":                   {[]corev1.Pod{agent("a", "one", 1), agent("b", "one", 9)}, nil},
		"those that are not of the newest":       {[]corev1.Pod{agent("c", "one", 1), agent("b", "two", 9), agent("a", "one", 2)}, []string{"a", "c"}},
		"none that is on its way out":            {[]corev1.Pod{agent("a", "two", 5), leaving}, nil},
		"after a step back the older is the new": {[]corev1.Pod{agent("a", "two", 5), agent("b", "one", 9)}, []string{"a"}},
		"however many there are": {[]corev1.Pod{
			agent("a", "one", 1), agent("b", "one", 1), agent("c", "one", 1), agent("d", "one", 1), agent("e", "one", 1), agent("f", "one", 1), agent("g", "two", 2),
		}, []string{"a", "b", "c", "d", "e", "f"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, olderAgents(c.agents)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
