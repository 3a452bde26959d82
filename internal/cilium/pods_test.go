package cilium

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func stamp(minutes float64) metav1.Time { return metav1.NewTime(at(minutes)) }

// agentPod is an agent's pod on node "a" as the API server shows it when it runs.
func agentPod(name string, minutes float64, changes ...func(*corev1.Pod)) corev1.Pod {
	pod := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: name, UID: "uid-1", CreationTimestamp: stamp(minutes)},
		Spec:       agentPodSpec("quay.io/cilium/cilium:v1.18.0"),
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			InitContainerStatuses: []corev1.ContainerStatus{
				{Name: "mount-cgroup", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: stamp(minutes + 0.5)}}},
				{Name: "config", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: stamp(minutes + 1)}}},
			},
			ContainerStatuses: []corev1.ContainerStatus{
				{Name: "cilium-agent", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: stamp(minutes + 2)}}},
			},
		},
	}
	pod.Spec.NodeName = "a"
	for _, change := range changes {
		change(&pod)
	}
	return pod
}

func TestAgentFromPod(t *testing.T) {
	want := func(change func(*Agent)) Agent {
		a := Agent{Name: "cilium-1", UID: "uid-1", Version: Version{1, 18, 0, ""}, Created: at(10), ConfigRead: at(11), Started: at(12), Ready: true}
		change(&a)
		return a
	}
	for name, tc := range map[string]struct {
		change func(*corev1.Pod)
		want   Agent
	}{
		"it runs": {func(*corev1.Pod) {}, want(func(*Agent) {})},
		"a restarted container does not read options again": {func(p *corev1.Pod) {
			p.Status.ContainerStatuses[0].RestartCount = 3
			p.Status.ContainerStatuses[0].State.Running.StartedAt = stamp(500)
		}, want(func(a *Agent) { a.Started = at(11) })},
		"it refuses its options": {func(p *corev1.Pod) {
			p.Status.Conditions[1].Status = corev1.ConditionFalse
			p.Status.ContainerStatuses[0] = corev1.ContainerStatus{Name: "cilium-agent", RestartCount: 2, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}}
		}, want(func(a *Agent) { a.Started, a.Ready, a.CrashLooping = at(11), false, true })},
		"it has just exited": {func(p *corev1.Pod) {
			p.Status.ContainerStatuses[0].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{StartedAt: stamp(13)}}
		}, want(func(a *Agent) { a.Started = at(13) })},
		"it is being made": {func(p *corev1.Pod) { p.Status = corev1.PodStatus{Phase: corev1.PodPending} },
			want(func(a *Agent) { a.ConfigRead, a.Started, a.Ready = time.Time{}, at(10), false })},
		"it is on its way out": {func(p *corev1.Pod) { now := stamp(20); p.DeletionTimestamp = &now }, want(func(a *Agent) { a.Deleting = true })},
	} {
		t.Run(name, func(t *testing.T) {
			pod := agentPod("cilium-1", 10, tc.change)
			if d := cmp.Diff(tc.want, AgentFromPod(&pod)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNodesWithoutAnAgentAreToldByWhatEKSSaysOfThem(t *testing.T) {
	for kind, without := range map[string]bool{"fargate": true, "auto": true, "hybrid": true, "ec2": false, "": false} {
		if got := RunsNoAgent(map[string]string{computeType: kind}); got != without {
			t.Errorf("%q: %t", kind, got)
		}
	}
}

func TestAgentOnPicksTheOneThatStays(t *testing.T) {
	leaving := func(p *corev1.Pod) { now := stamp(20); p.DeletionTimestamp = &now }
	failed := func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }
	elsewhere := func(p *corev1.Pod) { p.Spec.NodeName = "b" }
	for name, tc := range map[string]struct {
		pods []corev1.Pod
		want string
	}{
		"none":                                  {nil, ""},
		"not another node's":                    {[]corev1.Pod{agentPod("x", 1, elsewhere)}, ""},
		"not one that failed":                   {[]corev1.Pod{agentPod("x", 1, failed)}, ""},
		"the newest":                            {[]corev1.Pod{agentPod("x", 1), agentPod("y", 2), agentPod("z", 0)}, "y"},
		"not one that leaves, though newer":     {[]corev1.Pod{agentPod("x", 1), agentPod("y", 2, leaving)}, "x"},
		"one that leaves, if there is no other": {[]corev1.Pod{agentPod("x", 1, leaving), agentPod("y", 2, leaving)}, "y"},
		"whatever the order":                    {[]corev1.Pod{agentPod("y", 2, leaving), agentPod("x", 1)}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if picked := AgentOn("a", tc.pods); picked != nil {
				got = picked.Name
			}
			if got != tc.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestPodFromPod(t *testing.T) {
	started := stamp(5)
	pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "p"}, Spec: corev1.PodSpec{HostNetwork: true}, Status: corev1.PodStatus{Phase: corev1.PodSucceeded, StartTime: &started}}
	if d := cmp.Diff(Pod{Namespace: "n", Name: "p", HostNetwork: true, Finished: true, Started: at(5)}, PodFromPod(&pod)); d != "" {
		t.Error(d)
	}
	if got := PodFromPod(&corev1.Pod{}); got.dependsOnAgent() || !got.Started.IsZero() {
		t.Errorf("%+v", got)
	}
}
