package podrules

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func podWith(change func(*corev1.Pod)) *corev1.Pod {
	pod := owned("web-1")
	pod.Labels = labelled("web")
	pod.Status.Phase = corev1.PodRunning
	change(pod)
	return pod
}

func ofKind(kind string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.OwnerReferences[0].Kind = kind }
}

func TestADrainRemovesWhatKubectlWouldAndKnowsWhatItLeavesWithRoutesOfItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		pod           *corev1.Pod
		leaves, stays bool
	}{
		"a replica":                                          {pod: podWith(func(*corev1.Pod) {}), leaves: true},
		"a pod without a controller":                         {pod: podWith(func(p *corev1.Pod) { p.OwnerReferences = nil }), leaves: true},
		"one that is terminating":                            {pod: podWith(func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }), leaves: true},
		"one that succeeded":                                 {pod: podWith(func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded })},
		"one that failed":                                    {pod: podWith(func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed })},
		"the kubelet's own":                                  {pod: podWith(func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"} })},
		"a DaemonSet's":                                      {pod: podWith(ofKind("DaemonSet")), stays: true},
		"a DaemonSet's that failed":                          {pod: podWith(func(p *corev1.Pod) { ofKind("DaemonSet")(p); p.Status.Phase = corev1.PodFailed })},
		"a DaemonSet's on the host's own":                    {pod: podWith(func(p *corev1.Pod) { ofKind("DaemonSet")(p); p.Spec.HostNetwork = true })},
		"one that came in spite of the cordon":               {pod: podWith(cameIn(after, tolerant)), stays: true},
		"one that came to the host network in spite of it":   {pod: podWith(func(p *corev1.Pod) { cameIn(after, tolerant)(p); p.Spec.HostNetwork = true })},
		"one that tolerates the cordon and was there before": {pod: podWith(cameIn(before, tolerant)), leaves: true},
		"one that was bound just before the cordon":          {pod: podWith(cameIn(after, intolerant)), leaves: true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Leaves(c.pod, cordoned); got != c.leaves {
				t.Errorf("Leaves = %t, want %t", got, c.leaves)
			}
			if got := Stays(c.pod, cordoned); got != c.stays {
				t.Errorf("Stays = %t, want %t", got, c.stays)
			}
		})
	}
}

var (
	cordoned   = time.Date(2026, 11, 26, 12, 0, 0, 500, time.UTC)
	before     = metav1.NewTime(cordoned.Truncate(time.Second))
	after      = metav1.NewTime(before.Add(time.Second))
	tolerant   = corev1.Toleration{Operator: corev1.TolerationOpExists}
	intolerant = corev1.Toleration{Key: "dedicated", Operator: corev1.TolerationOpExists}
)

func cameIn(at metav1.Time, toleration corev1.Toleration) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.CreationTimestamp, pod.Spec.Tolerations = at, []corev1.Toleration{toleration}
	}
}

func labelled(app string) map[string]string { return map[string]string{"app": app} }

// owned is a pod that somebody would recreate.
func owned(name string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: name, UID: types.UID(name),
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", Controller: new(true)}},
	}}
}
