package podrules

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestN2WhichPodsKarpenterLeavesANodeFor: those that ask for it, and those whose budget never allows an eviction, except where
// Karpenter never evicts them at all.
func TestN2WhichPodsKarpenterLeavesANodeFor(t *testing.T) {
	stuck := IndexBudgets([]policyv1.PodDisruptionBudget{budgetOf(3, 3, func(*policyv1.PodDisruptionBudget) {})})
	running := func(edit func(*corev1.Pod)) *corev1.Pod {
		return podWith(func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning; edit(p) })
	}
	protected := func(p *corev1.Pod) { p.Annotations = map[string]string{DoNotDisrupt: "true"} }
	for name, test := range map[string]struct {
		pod     *corev1.Pod
		budgets Budgets
		want    string
	}{
		"nothing speaks for it":             {running(func(*corev1.Pod) {}), nil, ""},
		"it asks not to be disturbed":       {running(protected), nil, ReasonPodRefuses},
		"it asks, and is a DaemonSet's":     {running(func(p *corev1.Pod) { ofKind("DaemonSet")(p); protected(p) }), nil, ReasonPodRefuses},
		"its budget never allows it":        {running(func(*corev1.Pod) {}), stuck, ReasonBudgetNeverAllows},
		"the same, and it is being deleted": {running(func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: noon} }), stuck, ""},
		"the same, and it has ended":        {running(func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }), stuck, ""},
		"the same, and the kubelet made it": {running(func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"} }), stuck, ""},
		"the same, and it tolerates Karpenter's taint": {running(func(p *corev1.Pod) {
			p.Spec.Tolerations = []corev1.Toleration{{Key: "karpenter.sh/disrupted", Operator: corev1.TolerationOpExists}}
		}), stuck, ""},
		"it asked, and is being deleted": {running(func(p *corev1.Pod) { protected(p); p.DeletionTimestamp = &metav1.Time{Time: noon} }), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for consequence, finding := range map[string]*Finding{
				"Karpenter does not replace a node with such a pod":                                                    test.budgets.Undisruptable(test.pod, noon),
				"The node's NodeClaim, of NodePool default, has a terminationGracePeriod of 1h, after which Karpenter": test.budgets.Forced(test.pod, noon, "default", "1h"),
			} {
				if finding == nil {
					if test.want != "" {
						t.Errorf("nothing is found, want %s", test.want)
					}
					continue
				}
				if finding.Reason != test.want || !strings.Contains(finding.Message, ". "+consequence) || strings.Contains(finding.Message, "..") {
					t.Errorf("%s: %s", finding.Reason, finding.Message)
				}
			}
		})
	}
}

func TestWhenAPodsWishForATimeEnded(t *testing.T) {
	started := func(ago time.Duration, wish string) *corev1.Pod {
		return podWith(func(p *corev1.Pod) {
			p.Annotations = map[string]string{DoNotDisrupt: wish}
			p.Status.StartTime = &metav1.Time{Time: noon.Add(-ago)}
		})
	}
	notYet := started(time.Hour, "30m")
	notYet.Status.StartTime = nil
	ended := started(time.Hour, "30m")
	ended.Status.Phase = corev1.PodSucceeded
	for name, test := range map[string]struct {
		pod  *corev1.Pod
		want time.Time
	}{
		"half an hour ago":        {started(time.Hour, "30m"), noon.Add(-30 * time.Minute)},
		"just now":                {started(time.Hour, "1h"), noon},
		"not yet":                 {started(time.Hour, "2h"), time.Time{}},
		"never: it is for ever":   {started(time.Hour, "true"), time.Time{}},
		"never: it is no time":    {started(time.Hour, "soon"), time.Time{}},
		"never: no time at all":   {started(time.Hour, "0s"), time.Time{}},
		"never: it has not begun": {notYet, time.Time{}},
		"never: it has ended":     {ended, time.Time{}},
	} {
		if got := ProtectionEnded(test.pod, noon); !got.Equal(test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	for _, wish := range []string{"0s", "-1h", "1 hour", ""} {
		if protection(started(0, wish), noon) != nil {
			t.Errorf("%q is no wish", wish)
		}
	}
}

func TestWhenKarpenterLastMadeOrRemovedANodeOfAPool(t *testing.T) {
	claim := func(pool string, made time.Duration, removed *time.Duration) *NodeClaim {
		c := &NodeClaim{}
		c.Metadata.Labels = map[string]string{NodePoolLabel: pool}
		c.Metadata.CreationTimestamp = metav1.NewTime(noon.Add(made))
		if removed != nil {
			c.Metadata.DeletionTimestamp = &metav1.Time{Time: noon.Add(*removed)}
		}
		return c
	}
	later := 5 * time.Hour
	k := Karpenter{Claims: map[string]*NodeClaim{"a": claim("default", time.Hour, nil), "b": claim("default", 3*time.Hour, nil), "c": claim("gpu", 0, &later), "d": claim("other", 9*time.Hour, nil)}}
	for pool, want := range map[string]time.Time{"default": noon.Add(3 * time.Hour), "gpu": noon.Add(later), "none": {}} {
		if got := k.Progress(pool); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", pool, got, want)
		}
	}
}

func TestKarpenterIsThereWhereANodeSaysSo(t *testing.T) {
	if UsesKarpenter([]corev1.Node{*karpenterNode("")}) || UsesKarpenter(nil) {
		t.Error("no node is Karpenter's")
	}
	if !UsesKarpenter([]corev1.Node{*karpenterNode(""), *karpenterNode("default")}) {
		t.Error("one is")
	}
}

func TestANodeClaimIsSomebodysOnceItsInstanceIsKnown(t *testing.T) {
	k := Karpenter{Claims: map[string]*NodeClaim{}}
	take := func(name, provider string) {
		claim := &NodeClaim{}
		claim.Metadata.Name, claim.Status.ProviderID = name, provider
		k.Take(claim)
	}
	take("not-launched", "")
	take("elsewhere", "kind://docker/n")
	take("b", provider)
	take("a", provider)
	if len(k.Claims) != 2 || len(k.Named) != 1 || strings.Join(k.Named["i-0123456789abcdef0"], " ") != "a b" {
		t.Errorf("claims %v, named %v", k.Claims, k.Named)
	}
}

func TestANodeWhoseInstanceIsStoppedIsKnownByTheCloudProvidersTaint(t *testing.T) {
	node := &corev1.Node{Spec: corev1.NodeSpec{Taints: []corev1.Taint{{Key: "karpenter.sh/disrupted"}}}}
	if Stopped(node) {
		t.Error("another taint is no stop")
	}
	if node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: shutdownTaint}); !Stopped(node) {
		t.Error("it is stopped")
	}
}

func TestTheZoneOfAnInstanceIsInItsProviderID(t *testing.T) {
	if got := InstanceZone(provider); got != "eu-west-1a" {
		t.Errorf("it is %q", got)
	}
	if got := InstanceZone("kind://docker/n"); got != "" {
		t.Errorf("of what is no instance it is %q", got)
	}
}

func TestAPodOfTwoBudgetsCanNeverBeEvicted(t *testing.T) {
	second := budgetOf(1, 3, func(b *policyv1.PodDisruptionBudget) { b.Name = "web-too" })
	found := IndexBudgets([]policyv1.PodDisruptionBudget{budgetOf(1, 3, func(*policyv1.PodDisruptionBudget) {}), second}).Deadlock(podWith(func(*corev1.Pod) {}))
	if found == nil || found.Reason != ReasonSeveralBudgets || !strings.Contains(found.Message, "(web and web-too)") {
		t.Errorf("found %+v", found)
	}
}

func TestABudgetOfOnePodIsJudgedLikeAnyOther(t *testing.T) {
	running := podWith(func(*corev1.Pod) {})
	if found := IndexBudgets([]policyv1.PodDisruptionBudget{budgetOf(1, 1, func(*policyv1.PodDisruptionBudget) {})}).Deadlock(running); found == nil || found.Reason != ReasonBudgetNeverAllows {
		t.Errorf("found %+v", found)
	}
	healthy := budgetOf(1, 1, func(b *policyv1.PodDisruptionBudget) { b.Status.CurrentHealthy = 1 })
	if found := IndexBudgets([]policyv1.PodDisruptionBudget{healthy}).Deadlock(running); found != nil { // not Ready itself, and the demand is met
		t.Errorf("found %+v", found)
	}
	none := budgetOf(0, -1, func(*policyv1.PodDisruptionBudget) {})
	if found := IndexBudgets([]policyv1.PodDisruptionBudget{none}).Deadlock(running); found != nil {
		t.Errorf("of a budget that expects no pods: %+v", found)
	}
}

func TestTheMarkOfANodePoolIsReadOffItsTemplate(t *testing.T) {
	pool := &NodePool{}
	if pool.Mark() != "" {
		t.Error("it has none")
	}
	pool.Spec.Template.Metadata.Annotations = map[string]string{NodePoolAnnotation: "r1"}
	if pool.Mark() != "r1" {
		t.Errorf("it is %q", pool.Mark())
	}
	const mine = `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:networking.crossvpc.io/native-routing-revision":{}}}}}}`
	at := metav1.NewTime(noon)
	pool.Metadata.ManagedFields = []metav1.ManagedFieldsEntry{
		{Manager: "nobody"}, {Manager: "broken", FieldsV1: metav1.NewFieldsV1("{")}, {Manager: "helm", FieldsV1: metav1.NewFieldsV1(mine)},
	}
	if manager, since := pool.MarkManager(); manager != "helm" || !since.IsZero() {
		t.Errorf("of %q, since %s", manager, since)
	}
	pool.Metadata.ManagedFields[2].Time = &at
	if manager, since := pool.MarkManager(); manager != "helm" || !since.Equal(noon) {
		t.Errorf("of %q, since %s", manager, since)
	}
}

func TestABudgetWithAScheduleAndNoDurationForbidsAlways(t *testing.T) {
	schedule := "0 0 * * *"
	pool := &NodePool{}
	pool.Spec.Disruption.Budgets = []DisruptionBudget{{Nodes: "0", Schedule: &schedule}}
	if why, _ := pool.Allows(noon); why == nil || why.Reason != BlockedByNodePoolBudget {
		t.Errorf("it says %+v", why)
	}
}

func TestAnEntryOfManagedFieldsThatSaysNothingIsNoWriter(t *testing.T) {
	at := metav1.NewTime(noon)
	for _, entry := range []metav1.ManagedFieldsEntry{{Manager: "nobody", Time: &at}, {Manager: "broken", Time: &at, FieldsV1: metav1.NewFieldsV1("{")}} {
		pool := &NodePool{}
		pool.Metadata.ManagedFields = []metav1.ManagedFieldsEntry{entry}
		if manager, _ := pool.MarkManager(); manager != "" {
			t.Errorf("the annotation is %q's", manager)
		}
	}
	if got := later(noon, noon.Add(-time.Hour)); !got.Equal(noon) {
		t.Errorf("the later of two is %s", got)
	}
}
