package clusterview

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

var (
	noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	wide = netip.MustParsePrefix("10.8.0.0/13")
)

// nodeWith is a node whose agent was restarted ten minutes ago, with the value that is desired, and whose pods may be older.
func nodeWith(version string, pods ...corev1.Pod) *View {
	agents := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cilium", UID: "agents"}}
	started := metav1.NewTime(noon.Add(-10 * time.Minute))
	agent := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cilium-x", UID: "agent", CreationTimestamp: started, OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "apps/v1", Kind: "DaemonSet", Name: "cilium", UID: "agents", Controller: new(true),
		}}},
		Spec: corev1.PodSpec{NodeName: "n", HostNetwork: true, Containers: []corev1.Container{{Name: "cilium-agent", Image: "quay.io/cilium/cilium:v" + version}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, StartTime: &started,
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: started}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "cilium-agent", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}}}},
		},
	}
	node := corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "n", UID: "n", Labels: map[string]string{corev1.LabelHostname: "n"}, CreationTimestamp: metav1.NewTime(noon.Add(-24 * time.Hour))},
		Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
	}
	for i := range pods {
		pods[i].Spec.NodeName = "n"
	}
	v := &View{Nodes: []corev1.Node{node}, Pods: append(pods, agent), Install: cilium.Install{DaemonSet: agents, AgentPods: []corev1.Pod{agent}}}
	v.Facts = cilium.Observe(v.Install)
	return v
}

func (v *View) theNode(t *testing.T, strategy v1alpha1.RolloutStrategy) rollout.Node {
	t.Helper()
	nodes, lost := v.RolloutNodes(Question{
		Now: noon, Desired: wide, Choice: rollout.Choice{Strategy: strategy}, RefusalOn: func(types.UID) string { return "" },
		ValueOf: func(string) netip.Prefix { return netip.Prefix{} },
		History: cilium.History{{From: noon.Add(-48 * time.Hour)}, {CIDR: wide, From: noon.Add(-time.Hour)}},
	})
	if len(nodes) != 1 || lost != "" {
		t.Fatalf("%d nodes, %s", len(nodes), lost)
	}
	return nodes[0]
}

// oldPod is one from before the agent.
func oldPod(change func(*corev1.Pod)) corev1.Pod {
	started := metav1.NewTime(noon.Add(-2 * time.Hour))
	pod := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "web", CreationTimestamp: started, OwnerReferences: []metav1.OwnerReference{{
			APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web", UID: "web", Controller: new(true),
		}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &started},
	}
	change(&pod)
	return pod
}

func static(pod *corev1.Pod) {
	pod.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"}
	pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: "n", UID: "n", Controller: new(true)}}
}

// TestAStaticPodThatKeepsOlderRulesIsNamedOnANodeThatIsCurrent: its agent was recreated by somebody else, and read the value.
func TestAStaticPodThatKeepsOlderRulesIsNamedOnANodeThatIsCurrent(t *testing.T) {
	t.Parallel()
	since := func(before time.Duration) func(*corev1.Pod) {
		return func(p *corev1.Pod) { static(p); p.Status.StartTime = new(metav1.NewTime(noon.Add(-before))) }
	}
	for name, c := range map[string]struct {
		version string
		pod     corev1.Pod
		born    time.Duration
		named   bool
	}{
		"one that is older than the agent":    {"1.18.0", oldPod(static), 24 * time.Hour, true},
		"one that came after the agent":       {"1.18.0", oldPod(since(time.Minute)), 24 * time.Hour, false},
		"one on the host network":             {"1.18.0", oldPod(func(p *corev1.Pod) { static(p); p.Spec.HostNetwork = true }), 24 * time.Hour, false},
		"one that has ended":                  {"1.18.0", oldPod(func(p *corev1.Pod) { static(p); p.Status.Phase = corev1.PodFailed }), 24 * time.Hour, false},
		"one whose rules the agent renewed":   {"1.20.2", oldPod(static), 24 * time.Hour, false},
		"one of a node born with the value":   {"1.18.0", oldPod(since(20 * time.Minute)), 30 * time.Minute, false},
		"any other pod: the node is not done": {"1.18.0", oldPod(func(*corev1.Pod) {}), 24 * time.Hour, false},
	} {
		v := nodeWith(c.version, c.pod)
		v.Nodes[0].CreationTimestamp = metav1.NewTime(noon.Add(-c.born))
		node := v.theNode(t, v1alpha1.RolloutRecyclePods)
		if named := slices.Contains(node.OldStatic, "shop/web"); named != c.named {
			t.Errorf("%s: %s, and named are %v", name, node.Freshness, node.OldStatic)
		}
	}
}

func TestC7AStaticPodNeverCountsAgainstTheValueAndIsNamedBeforeTheFirstCordon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version   string
		pod       corev1.Pod
		freshness rollout.Freshness
		reason    string
	}{
		"a static pod":                          {"1.18.0", oldPod(static), rollout.FreshnessCurrent, podrules.ReasonStaticPod},
		"a static pod on the host network":      {"1.18.0", oldPod(func(p *corev1.Pod) { static(p); p.Spec.HostNetwork = true }), rollout.FreshnessCurrent, ""},
		"a static pod that has ended":           {"1.18.0", oldPod(func(p *corev1.Pod) { static(p); p.Status.Phase = corev1.PodFailed }), rollout.FreshnessCurrent, ""},
		"a static pod whose rules are renewed":  {"1.20.2", oldPod(static), rollout.FreshnessCurrent, ""},
		"any other pod that is older":           {"1.18.0", oldPod(func(*corev1.Pod) {}), rollout.FreshnessSplit, ""},
		"any other pod whose rules are renewed": {"1.20.2", oldPod(func(*corev1.Pod) {}), rollout.FreshnessCurrent, ""},
	} {
		for _, strategy := range []v1alpha1.RolloutStrategy{v1alpha1.RolloutRecyclePods, v1alpha1.RolloutReplaceNodes} {
			node := nodeWith(c.version, c.pod).theNode(t, strategy)
			reason := ""
			if node.Unrenewable != nil {
				reason = node.Unrenewable.Reason
			}
			if node.Freshness != c.freshness || reason != c.reason {
				t.Errorf("%s, %s: %s, unrenewable %q; want %s, %q", name, strategy, node.Freshness, reason, c.freshness, c.reason)
			}
		}
	}
}

func TestADaemonSetsPodThatRefusesKeepsItsNodeFromBeingRenewedInPlaceWithWhateverStrategy(t *testing.T) {
	t.Parallel()
	refuses := func(p *corev1.Pod) {
		p.OwnerReferences[0].Kind, p.Annotations = "DaemonSet", map[string]string{podrules.DoNotDisrupt: "true"}
	}
	for _, strategy := range []v1alpha1.RolloutStrategy{v1alpha1.RolloutRecyclePods, v1alpha1.RolloutReplaceNodes} {
		node := nodeWith("1.18.0", oldPod(refuses)).theNode(t, strategy)
		if node.Unrenewable == nil || node.Unrenewable.Reason != podrules.ReasonPodRefuses || node.Undrainable != nil {
			t.Errorf("%s: unrenewable %v, undrainable %v", strategy, node.Unrenewable, node.Undrainable)
		}
	}
}

// TestWhateverMakesANodeSplitIsCountedAsSomethingThatWillGo: a pod in no set would keep its node in work forever.
func TestWhateverMakesANodeSplitIsCountedAsSomethingThatWillGo(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 5))
	for i := range 3000 {
		pod := oldPod(func(p *corev1.Pod) {
			p.OwnerReferences[0].Kind = []string{"ReplicaSet", "DaemonSet", "Job"}[random.IntN(3)]
			p.Spec.HostNetwork = random.IntN(3) == 0
			p.Status.Phase = []corev1.PodPhase{corev1.PodRunning, corev1.PodPending, corev1.PodFailed, corev1.PodSucceeded}[random.IntN(4)]
			switch random.IntN(4) {
			case 0:
				static(p)
			case 1:
				p.OwnerReferences = nil
			case 2:
				p.CreationTimestamp = metav1.NewTime(noon.Add(-time.Minute))
				p.Status.StartTime = &p.CreationTimestamp
			}
			p.Spec.Tolerations = [][]corev1.Toleration{nil, {{Operator: corev1.TolerationOpExists}}}[random.IntN(2)]
		})
		v := nodeWith("1.18.0", pod)
		if random.IntN(2) == 0 {
			v.Nodes[0].Annotations = map[string]string{rollout.Annotation: fmt.Sprintf(`{"revision":"r1","cordoned":true,"startTime":%q}`, noon.Add(-time.Duration(random.IntN(180))*time.Minute).Format(time.RFC3339))}
		}
		node := v.theNode(t, v1alpha1.RolloutRecyclePods)
		if node.Freshness == rollout.FreshnessSplit && node.Evictable+node.Stranded == 0 {
			t.Fatalf("pod %d makes its node split, and nothing renews it: %+v", i, pod)
		}
	}
}
