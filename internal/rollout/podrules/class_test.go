package podrules

import (
	"math/rand/v2"
	"slices"
	"strings"
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

// anyPod is one of all the pods that a node can have.
func anyPod(random *rand.Rand) *corev1.Pod {
	pod := owned("any")
	pick := func(likely int) bool { return random.IntN(likely) == 0 }
	pod.OwnerReferences[0].Kind = []string{"ReplicaSet", "StatefulSet", "DaemonSet", "Job", "Node"}[random.IntN(5)]
	pod.OwnerReferences[0].APIVersion = []string{"apps/v1", "v1", "batch/v1"}[random.IntN(3)]
	if pick(3) {
		pod.OwnerReferences = nil
	}
	if pick(3) {
		pod.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"}
	}
	if pick(3) {
		at := metav1.NewTime(cordoned.Add(-time.Duration(random.IntN(600)) * time.Second))
		pod.DeletionTimestamp, pod.Finalizers = &at, []string{"example.com/hold"}
	}
	pod.Spec.HostNetwork = pick(2)
	pod.CreationTimestamp = []metav1.Time{before, after}[random.IntN(2)]
	pod.Spec.Tolerations = [][]corev1.Toleration{nil, {tolerant}, {intolerant}}[random.IntN(3)]
	pod.Status.Phase = []corev1.PodPhase{corev1.PodPending, corev1.PodRunning, corev1.PodSucceeded, corev1.PodFailed, corev1.PodUnknown, ""}[random.IntN(6)]
	return pod
}

func TestEveryPodIsInExactlyOneClassAndNoneWithRulesFallsBetween(t *testing.T) {
	t.Parallel()
	random, seen := rand.New(rand.NewPCG(7, 7)), map[Class]int{}
	known := []Class{ClassFinished, ClassLeaves, ClassStays, ClassStaysOnHost, ClassStatic, ClassStaticOnHost}
	for range 20_000 {
		pod, at := anyPod(random), []time.Time{{}, cordoned}[random.IntN(2)]
		class := ClassOf(pod, at)
		seen[class]++
		ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		withRules := class == ClassLeaves || class == ClassStays || class == ClassStatic
		switch {
		case !slices.Contains(known, class):
			t.Fatalf("class %q of %+v", class, pod)
		case ended != (class == ClassFinished):
			t.Fatalf("%s in phase %q", class, pod.Status.Phase)
		case !ended && !pod.Spec.HostNetwork && !withRules:
			t.Fatalf("a pod with rules that nobody renews is %s: %+v", class, pod)
		case pod.Spec.HostNetwork && (class == ClassStays || class == ClassStatic):
			t.Fatalf("a pod without rules is %s", class)
		case Static(pod) && class == ClassLeaves:
			t.Fatalf("a static pod is to leave: %+v", pod)
		case at.IsZero() && class == ClassLeaves != (!ended && !Static(pod) && !ofDaemonSet(pod)):
			t.Fatalf("%s of %+v before the cordon", class, pod)
		case class == ClassStatic != (KeepsRules(pod) != nil):
			t.Fatalf("%s, and what keeps its rules: %v", class, KeepsRules(pod))
		}
	}
	for _, class := range known {
		if seen[class] == 0 {
			t.Errorf("no pod was %s", class)
		}
	}
}

func TestAStaticPodIsKnownByAnnotationAndByOwner(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		want   Class
	}{
		"by the annotation":      {func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"} }, ClassStatic},
		"by an empty annotation": {func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: ""} }, ClassStatic},
		"by its owner": {func(p *corev1.Pod) {
			p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: "n", Controller: new(true)}}
		}, ClassStatic},
		"on the host network": {func(p *corev1.Pod) {
			p.Annotations, p.Spec.HostNetwork = map[string]string{corev1.MirrorPodAnnotationKey: "x"}, true
		}, ClassStaticOnHost},
		"that has ended": {func(p *corev1.Pod) {
			p.Annotations, p.Status.Phase = map[string]string{corev1.MirrorPodAnnotationKey: "x"}, corev1.PodFailed
		}, ClassFinished},
		"that came after the cordon": {func(p *corev1.Pod) {
			cameIn(after, tolerant)(p)
			p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"}
		}, ClassStatic},
		"a Node of another API": {func(p *corev1.Pod) {
			p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "example.com/v1", Kind: "Node", Controller: new(true)}}
		}, ClassLeaves},
		"a pod like any other":   {func(*corev1.Pod) {}, ClassLeaves},
		"a source that says api": {func(p *corev1.Pod) { p.Annotations = map[string]string{"kubernetes.io/config.source": "api"} }, ClassLeaves},
	} {
		if got := ClassOf(podWith(c.change), cordoned); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAPodThatAFinalizerKeepsIsNamedWithFinalizerAndTime(t *testing.T) {
	t.Parallel()
	held := func(since time.Duration, finalizers ...string) *corev1.Pod {
		return podWith(func(p *corev1.Pod) {
			at := metav1.NewTime(noon.Add(-since))
			p.DeletionTimestamp, p.Finalizers = &at, finalizers
		})
	}
	for name, c := range map[string]struct {
		pod  *corev1.Pod
		says string
	}{
		"one":                 {held(time.Hour, "example.com/hold"), "Finalizer example.com/hold of pod shop/web-1, which was to be gone at 2026-11-25 11:00:00 UTC, keeps it on the node."},
		"two":                 {held(2*time.Minute, "a.example/x", "b.example/y"), "Finalizers a.example/x, b.example/y of pod shop/web-1, which was to be gone at 2026-11-25 11:58:00 UTC, keep it on the node."},
		"within its grace":    {held(-time.Minute, "example.com/hold"), ""},
		"a moment later":      {held(30*time.Second, "batch.kubernetes.io/job-tracking"), ""},
		"without a finalizer": {held(time.Hour), ""},
		"that is not deleted": {podWith(func(p *corev1.Pod) { p.Finalizers = []string{"example.com/hold"} }), ""},
	} {
		got := ""
		if finding := Held(c.pod, noon); finding != nil {
			got = finding.Message
			if finding.Reason != ReasonPodHeld {
				t.Errorf("%s: reason %s", name, finding.Reason)
			}
		}
		if c.says == "" && got != "" || !strings.HasPrefix(got, c.says) {
			t.Errorf("%s: %q, want %q", name, got, c.says)
		}
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
