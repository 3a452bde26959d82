package driver

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

func TestN2KarpenterSparesNothingButWhatItsOwnAnnotationAsksFor(t *testing.T) {
	for name, c := range map[string]struct {
		pod     *corev1.Pod
		exposed bool
	}{
		"a replica":                  {pod: podWith(func(*corev1.Pod) {})},
		"do-not-disrupt":             {pod: podWith(func(p *corev1.Pod) { p.Annotations = map[string]string{doNotDisrupt: "true"} })},
		"safe-to-evict: false":       {pod: podWith(func(p *corev1.Pod) { p.Annotations = map[string]string{safeToEvict: "false"} }), exposed: true},
		"a pod without a controller": {pod: podWith(func(p *corev1.Pod) { p.OwnerReferences = nil }), exposed: true},
	} {
		if got := Exposed(c.pod); (got != nil) != c.exposed {
			t.Errorf("%s: %v, want exposed: %t", name, got, c.exposed)
		}
	}
}

func TestN2RefusalNamesWhyAPodMustNotBeEvicted(t *testing.T) {
	annotated := func(key, value string) *corev1.Pod {
		return podWith(func(p *corev1.Pod) { p.Annotations = map[string]string{key: value} })
	}
	for name, c := range map[string]struct {
		pod  *corev1.Pod
		want string
	}{
		"a replica":                {podWith(func(*corev1.Pod) {}), ""},
		"do-not-disrupt":           {annotated(doNotDisrupt, "true"), ReasonPodRefuses},
		"do-not-disrupt: false":    {annotated(doNotDisrupt, "false"), ""},
		"safe-to-evict: false":     {annotated(safeToEvict, "false"), ReasonPodRefuses},
		"safe-to-evict: true":      {annotated(safeToEvict, "true"), ""},
		"no controller":            {podWith(func(p *corev1.Pod) { p.OwnerReferences = nil }), ReasonPodUnreplicated},
		"no controller, but going": {podWith(func(p *corev1.Pod) { p.OwnerReferences, p.DeletionTimestamp = nil, &metav1.Time{} }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if finding := Refusal(c.pod); finding != nil {
				got = finding.Reason
			}
			if got != c.want {
				t.Errorf("reason %q, want %q", got, c.want)
			}
		})
	}
}

func TestPodsThatTheClusterNeedsAreAskedOnlyWhenNoOtherIsLeft(t *testing.T) {
	named := func(name string, priority int32) *corev1.Pod {
		return podWith(func(p *corev1.Pod) { p.Name, p.Spec.Priority = name, &priority })
	}
	names := func(pods []*corev1.Pod) (list []string) {
		for _, pod := range pods {
			list = append(list, pod.Name)
		}
		return list
	}
	dns, low, high := named("dns", criticalPriority), named("low", -10), named("high", 1000)
	plain := podWith(func(p *corev1.Pod) { p.Name = "plain" })
	if diff := cmp.Diff([]string{"low", "plain", "high"}, names(wave([]*corev1.Pod{dns, high, plain, low}))); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"dns"}, names(wave([]*corev1.Pod{dns}))); diff != "" {
		t.Errorf("then (-want +got):\n%s", diff)
	}
}

func budgetOf(desired, expected int32, change func(*policyv1.PodDisruptionBudget)) policyv1.PodDisruptionBudget {
	budget := policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Generation: 1},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: labelled("web")}},
		Status:     policyv1.PodDisruptionBudgetStatus{ObservedGeneration: 1, DesiredHealthy: desired, ExpectedPods: expected},
	}
	change(&budget)
	return budget
}

func TestDeadlockTellsNeverFromNotNow(t *testing.T) {
	asIs := func(*policyv1.PodDisruptionBudget) {}
	always := policyv1.AlwaysAllow
	running := podWith(func(*corev1.Pod) {})
	for name, c := range map[string]struct {
		pod    *corev1.Pod
		budget policyv1.PodDisruptionBudget
		want   string
	}{
		"it demands all":               {running, budgetOf(3, 3, asIs), ReasonBudgetNeverAllows},
		"it demands more than all":     {running, budgetOf(4, 3, asIs), ReasonBudgetNeverAllows},
		"it can spare one":             {running, budgetOf(2, 3, asIs), ""},
		"it is not judged yet":         {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Generation = 2 }), ""},
		"it has no pods":               {running, budgetOf(0, 0, asIs), ""},
		"it is of another namespace":   {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Namespace = "bank" }), ""},
		"it selects others":            {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector.MatchLabels = labelled("cart") }), ""},
		"it has no selector":           {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector = nil }), ""},
		"its selector is empty":        {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.Selector = &metav1.LabelSelector{} }), ReasonBudgetNeverAllows},
		"the pod is pending":           {podWith(func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending }), budgetOf(3, 3, asIs), ""},
		"the pod is going":             {podWith(func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }), budgetOf(3, 3, asIs), ""},
		"the pod is not Ready":         {running, budgetOf(3, 3, asIs), ReasonBudgetNeverAllows},
		"unhealthy pods may always go": {running, budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.UnhealthyPodEvictionPolicy = &always }), ""},
		"healthy pods may not": {podWith(func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		}), budgetOf(3, 3, func(b *policyv1.PodDisruptionBudget) { b.Spec.UnhealthyPodEvictionPolicy = &always }), ReasonBudgetNeverAllows},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if finding := IndexBudgets([]policyv1.PodDisruptionBudget{c.budget}).Deadlock(c.pod); finding != nil {
				got = finding.Reason
			}
			if got != c.want {
				t.Errorf("reason %q, want %q", got, c.want)
			}
		})
	}
}
