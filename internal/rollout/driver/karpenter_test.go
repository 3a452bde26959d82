package driver

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

const provider = "aws:///eu-west-1a/i-0123456789abcdef0"

func karpenterNode(pool string) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{}}, Spec: corev1.NodeSpec{ProviderID: provider}}
	if pool != "" {
		node.Labels[NodePoolLabel] = pool
	}
	return node
}

func claimed(mark string) map[string]*nodeClaim {
	claim := &nodeClaim{}
	claim.Metadata.Name = "default-abc"
	if mark != "" {
		claim.Metadata.Annotations = map[string]string{rollout.NodePoolAnnotation: mark}
	}
	return map[string]*nodeClaim{provider: claim}
}

func TestANodeIsKarpentersWithALabelAClaimAndANodePoolThatScales(t *testing.T) {
	t.Parallel()
	scaling, static := &NodePool{}, &NodePool{}
	static.Spec.Replicas = new(int64(3))
	pools := map[string]*NodePool{"default": scaling, "static": static}
	for name, c := range map[string]struct {
		karpenter Karpenter
		pool      string
		want      rollout.Node
		says      string
		not       bool
	}{
		"by its NodePool":          {karpenter: Karpenter{pools: pools, claims: claimed("r1")}, pool: "default", want: rollout.Node{Driver: rollout.DriverNodePool, NodePool: "default", Mark: "r1"}},
		"not without a label":      {karpenter: Karpenter{pools: pools}, not: true},
		"no claim":                 {karpenter: Karpenter{pools: pools}, pool: "default", says: "no NodeClaim"},
		"a claim without NodePool": {karpenter: Karpenter{pools: pools, claims: claimed("")}, says: "default-abc belongs to no NodePool"},
		"a NodePool that is gone":  {karpenter: Karpenter{pools: pools, claims: claimed("")}, pool: "old", says: "NodePool old is gone"},
		"a static NodePool":        {karpenter: Karpenter{pools: pools, claims: claimed("")}, pool: "static", says: "fixed number of replicas"},
		"rights of before":         {karpenter: Karpenter{denied: true}, pool: "default", says: "config/cluster/role.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got rollout.Node
			if is := c.karpenter.View(karpenterNode(c.pool), &got); is == c.not {
				t.Fatalf("Karpenter's: %v", is)
			}
			if !strings.Contains(got.DriverReason, c.says) || c.says == "" && got.DriverReason != "" {
				t.Errorf("reason %q, want %q in it", got.DriverReason, c.says)
			}
			got.DriverReason = ""
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("node (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoHasTheAnnotationIsReadFromManagedFields(t *testing.T) {
	t.Parallel()
	const mine = `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:networking.crossvpc.io/native-routing-revision":{}}}}}}`
	entry := func(manager, fields string, minute int) metav1.ManagedFieldsEntry {
		at := metav1.NewTime(time.Unix(int64(minute)*60, 0))
		return metav1.ManagedFieldsEntry{Manager: manager, Time: &at, FieldsV1: metav1.NewFieldsV1(fields)}
	}
	pool := &NodePool{}
	for _, c := range []struct {
		what, manager, writer string
		fields                []metav1.ManagedFieldsEntry
	}{
		{"nobody", "", "", nil},
		{"ours", NodePoolManager, "helm", []metav1.ManagedFieldsEntry{entry("helm", `{"f:spec":{"f:limits":{}}}`, 1), entry(NodePoolManager, mine, 2)}},
		{"theirs", "argocd", "argocd", []metav1.ManagedFieldsEntry{entry("argocd", mine, 1)}},
		{"both", "argocd", "argocd", []metav1.ManagedFieldsEntry{entry("argocd", mine, 1), entry(NodePoolManager, mine, 2)}},
		{"another key", "", "kubectl", []metav1.ManagedFieldsEntry{entry("kubectl", `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:x":{}}}}}}`, 1)}},
		{"the last writer", "", "flux", []metav1.ManagedFieldsEntry{entry("kubectl", `{"f:spec":{}}`, 1), entry("flux", `{"f:spec":{}}`, 3), entry("helm", `{"f:spec":{}}`, 2), entry("x", `{"f:metadata":{}}`, 4)}},
	} {
		pool.Metadata.ManagedFields = c.fields
		if manager, _ := pool.MarkManager(); manager != c.manager {
			t.Errorf("%s: the annotation is %q's, want %q", c.what, manager, c.manager)
		}
		if writer := pool.LastWriter(); writer != c.writer {
			t.Errorf("%s: last written by %q, want %q", c.what, writer, c.writer)
		}
	}
}

func TestABudgetOfNoneForbidsWhileItsScheduleIsActive(t *testing.T) {
	t.Parallel()
	// A Wednesday.
	now := time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC)
	budget := func(nodes, schedule, duration string, reasons ...string) DisruptionBudget {
		b := DisruptionBudget{Nodes: nodes, Reasons: reasons}
		if schedule != "" {
			b.Schedule, b.Duration = &schedule, &duration
		}
		return b
	}
	for name, c := range map[string]struct {
		budgets []DisruptionBudget
		reason  string
		opened  time.Time
	}{
		"the default":                   {budgets: []DisruptionBudget{budget("10%", "", "")}},
		"one percent is one node":       {budgets: []DisruptionBudget{budget("1%", "", "")}},
		"none":                          {budgets: []DisruptionBudget{budget("10%", "", ""), budget("0", "", "")}, reason: rollout.BlockedByNodePoolBudget},
		"no percent":                    {budgets: []DisruptionBudget{budget("0%", "", "")}, reason: rollout.BlockedByNodePoolBudget},
		"none of other reasons":         {budgets: []DisruptionBudget{budget("0", "", "", "Empty", "Underutilized")}},
		"none for drift":                {budgets: []DisruptionBudget{budget("0", "", "", "Drifted")}, reason: rollout.BlockedByNodePoolBudget},
		"none in working hours":         {budgets: []DisruptionBudget{budget("0", "0 9 * * 1-5", "8h")}, reason: rollout.BlockedByNodePoolSchedule},
		"none in the morning":           {budgets: []DisruptionBudget{budget("0", "0 6 * * *", "4h")}, opened: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)},
		"ends to the second":            {budgets: []DisruptionBudget{budget("0", "30 9 * * *", "1h")}, opened: now},
		"none on Sundays":               {budgets: []DisruptionBudget{budget("0", "@weekly", "24h")}},
		"a schedule that can't be read": {budgets: []DisruptionBudget{budget("0", "61 9 * * *", "8h")}, reason: rollout.BlockedByNodePoolSchedule},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := &NodePool{}
			pool.Spec.Disruption.Budgets = c.budgets
			why, opened := pool.Allows(now)
			got := ""
			if why != nil {
				got = why.Reason
			}
			if got != c.reason || !opened.Equal(c.opened) {
				t.Errorf("reason %q, open since %s; want %q and %s", got, opened, c.reason, c.opened)
			}
		})
	}
}

func TestAnEmptiedNodeOfKarpentersIsShieldedWhileWeHaveIt(t *testing.T) {
	t.Parallel()
	mark := func(node *corev1.Node, record *rollout.Record, cordon *bool) {
		t.Helper()
		if err := (Mark{Record: record, Cordon: cordon}).write(node); err != nil {
			t.Fatal(err)
		}
	}
	read := func(node *corev1.Node) *rollout.Record {
		record, _ := rollout.ParseRecord(node.Annotations[rollout.Annotation])
		return record
	}
	node := karpenterNode("default")
	mark(node, &rollout.Record{Revision: "r1", Cordoned: true}, new(true))
	if node.Annotations[doNotDisrupt] != "true" || !read(node).Shielded || NodeRefusal(node, read(node)) != nil {
		t.Errorf("cordoned: %v", node.Annotations)
	}
	mark(node, &rollout.Record{Revision: "r1", Cordoned: true, RestartUID: "agent"}, nil)
	if node.Annotations[doNotDisrupt] != "true" || !read(node).Shielded {
		t.Errorf("in work: %v", node.Annotations)
	}
	mark(node, &rollout.Record{Revision: "r1"}, new(false))
	if _, there := node.Annotations[doNotDisrupt]; there || read(node).Shielded {
		t.Errorf("given back: %v", node.Annotations)
	}

	theirs := karpenterNode("default")
	theirs.Annotations = map[string]string{doNotDisrupt: "true"}
	if why := NodeRefusal(theirs, nil); why == nil || why.Reason != ReasonNodeRefuses {
		t.Errorf("a node that must not be disturbed: %v", why)
	}
	mark(theirs, &rollout.Record{Revision: "r1", Cordoned: true}, new(true))
	mark(theirs, nil, new(false))
	if theirs.Annotations[doNotDisrupt] != "true" {
		t.Error("N3: took away somebody else's annotation")
	}
	other := karpenterNode("")
	mark(other, &rollout.Record{Revision: "r1", Cordoned: true}, new(true))
	if other.Annotations[doNotDisrupt] != "" {
		t.Error("shielded a node that is not Karpenter's")
	}
}
