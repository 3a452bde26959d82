package view

import (
	"bytes"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
)

func TestAPlanReadsAsTerraformsDoes(t *testing.T) {
	object, clusters := rolling()
	object.Spec.Mode = v1alpha1.ModePlan
	object.Status.Plan = &v1alpha1.Plan{Hash: "pabc123", Actions: []string{
		"Request a peering connection from requester vpc-aaa (eu-west-1, account 111111111111) to accepter vpc-bbb (us-east-1, account 222222222222).",
		"Route 10.12.0.0/16 in rtb-1 (requester) to the connection.", "Route 10.12.0.0/16 in rtb-2 (requester) to pcx-1 instead of tgw-1.",
		"Remove sgr-1 from sg-1 (requester).", "Note: Traffic to 10.12.0.0/16 in route table rtb-1 (requester) moves from tgw-1 (10.0.0.0/8) to the peering.",
	}}
	clusters["local"].Status.Rollout.Preview = &v1alpha1.RolloutPreview{
		NativeRoutingCIDR: "10.0.0.0/8", NodeCount: 8, ExpectedMinutes: 42, Nodes: []string{"ip-10-11-0-1", "ip-10-11-0-2"},
		CollateralCIDRs: []string{"10.200.0.0/16"}, Blockers: []string{"PodDisruptionBudget shop/cart allows no disruption"},
	}
	for width, golden := range map[int]string{0: "plan.txt", 40: "plan40.txt"} {
		var out bytes.Buffer
		if err := (Paper{Width: width}).WritePlan(&out, NewPlan(object, clusters)); err != nil {
			t.Fatal(err)
		}
		expectGolden(t, golden, out.Bytes())
	}
}

func TestAPlanOfTheNetworkAloneSaysWhereNodesAreShown(t *testing.T) {
	object, _ := rolling()
	object.Status.Plan = &v1alpha1.Plan{Hash: "pabc123", Actions: []string{"Request a peering connection."}}
	for _, test := range []struct {
		plan Plan
		want string
	}{
		{NewPlan(object, nil), "1 to add, 0 to change, 0 to remove. No cluster shows nodes to renew yet"},
		{NewPlan(object, nil).WithNodes(), "1 to add, 0 to change, 0 to remove; no node is renewed."},
	} {
		var out bytes.Buffer
		if err := (Paper{}).WritePlan(&out, test.plan); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), test.want) {
			t.Errorf("%q lacks %q", out.String(), test.want)
		}
	}
}

// TestAPlanShowsTheNodesOfOneThatWasMadeBesideIt, what is in their way, and whether the world has moved.
func TestAPlanShowsTheNodesOfOneThatWasMadeBesideIt(t *testing.T) {
	object, _ := rolling()
	object.Status.Plan = &v1alpha1.Plan{Hash: "pabc123", Actions: []string{"Request a peering connection."}}
	beside := Plan{
		Hash: "pabc123", Unread: []string{"PeeredCluster us cannot be read."}, Findings: []string{"PeeredCluster local has no room."},
		Rollouts: []Rollout{{"local", v1alpha1.RolloutPreview{NodeCount: 2, Nodes: []string{"n1", "n2"}, Blockers: []string{"PodDisruptionBudget shop/cart allows no disruption"}}}},
	}
	plan := NewPlan(object, nil).WithNodesOf(beside)
	var out bytes.Buffer
	if err := (Paper{}).WritePlan(&out, plan); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"renew 2 nodes", "n1, n2", "blocked by: PodDisruptionBudget shop/cart", "? PeeredCluster us cannot", "! PeeredCluster local has no room", "Plan pabc123 of", "1 cluster to renew nodes in"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("lacks %q:\n%s", part, out.String())
		}
	}
	if len(plan.Remarks) != 0 {
		t.Errorf("the plans are the same, and it says %q", plan.Remarks)
	}
	beside.Hash = "pnow"
	if plan := NewPlan(object, nil).WithNodesOf(beside); plan.Hash != "pabc123" || len(plan.Remarks) != 1 || !strings.Contains(plan.Remarks[0], "pnow") {
		t.Errorf("the world has moved: %+v", plan)
	}
}

// TestEveryActionHasTerraformsSign: the operator's own sentences, whatever their verb.
func TestEveryActionHasTerraformsSign(t *testing.T) {
	sides := peering.Sides{Requester: peering.Side{Role: peering.Requester}, Accepter: peering.Side{Role: peering.Accepter}}
	rule := []peering.Ingress{{Protocol: "-1", FromPort: -1, ToPort: -1}}
	for _, test := range []struct {
		action peering.Action
		want   string
	}{
		{peering.CreateConnection{Sides: sides}, "+"}, {peering.AcceptConnection{Side: sides.Accepter}, "~"},
		{peering.TagConnection{On: peering.Accepter}, "~"}, {peering.DeleteConnection{ID: "pcx-1"}, "-"},
		{peering.AuthorizeRules{GroupID: "sg-1", Rules: rule}, "+"}, {peering.RevokeRules{GroupID: "sg-1", RuleIDs: []string{"sgr-1"}}, "-"},
		{peering.AuthorizeRules{GroupID: "sg-1", Rules: rule, Egress: true}, "+"},
		{peering.HandOverRules{RuleIDs: []string{"sgr-1"}}, "~"}, {peering.CreateRoute{RouteTableID: "rtb-1"}, "+"},
		{peering.ReplaceRoute{RouteTableID: "rtb-1", Was: "tgw-1"}, "~"}, {peering.DeleteRoute{RouteTableID: "rtb-1"}, "-"},
		{peering.SetDNSResolution{On: peering.Requester, Enabled: true}, "~"}, {peering.SetDNSResolution{On: peering.Requester}, "~"},
		{peering.TagRules{RuleIDs: []string{"sgr-1"}}, "~"}, {peering.Untag{IDs: []string{"pcx-1"}, Keys: []string{"a"}}, "~"},
		{peering.AdoptConnection{ID: "pcx-1"}, "~"}, {peering.AdoptRules{RuleIDs: []string{"sgr-1"}}, "~"},
	} {
		if got := signOf(message.Sentence(test.action.String())); got != test.want {
			t.Errorf("%s: %s, want %s", test.action, got, test.want)
		}
	}
	for line, want := range map[string]string{"Blocked: The VPCs overlap.": "!", "Note: Traffic moves.": "#", "and 53 more": "#"} {
		if got := signOf(line); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// TestAPlanSaysWhatToDoNext for each state of its approval.
func TestAPlanSaysWhatToDoNext(t *testing.T) {
	stalled := func(reason string) []metav1.Condition {
		return []metav1.Condition{{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue, Reason: reason}}
	}
	for name, test := range map[string]struct {
		approved string
		status   v1alpha1.VPCPeeringStatus
		says     string
	}{
		"nobody approved":      {"", v1alpha1.VPCPeeringStatus{}, "set spec.approvedPlan to pnow (--approve)"},
		"approved":             {"pnow", v1alpha1.VPCPeeringStatus{}, "It is approved."},
		"being carried out":    {"pold", v1alpha1.VPCPeeringStatus{Approval: &v1alpha1.PlanApproval{Hash: "pold", Items: []string{"a"}}}, "left of the approved plan pold"},
		"carried out":          {"pold", v1alpha1.VPCPeeringStatus{Approval: &v1alpha1.PlanApproval{Hash: "pold", CarriedOutFor: "spec"}}, "pold was carried out"},
		"outdated":             {"pold", v1alpha1.VPCPeeringStatus{Approval: &v1alpha1.PlanApproval{Hash: "pold"}, Conditions: stalled(v1alpha1.ReasonPlanOutdated)}, "this is another one"},
		"outdated halfway":     {"pold", v1alpha1.VPCPeeringStatus{Approval: &v1alpha1.PlanApproval{Hash: "pold", Items: []string{"a"}}, Conditions: stalled(v1alpha1.ReasonPlanOutdated)}, "this is another one"},
		"a new plan is needed": {"pold", v1alpha1.VPCPeeringStatus{Approval: &v1alpha1.PlanApproval{Hash: "pold", CarriedOutFor: "spec"}, Conditions: stalled(v1alpha1.ReasonAwaitingApproval)}, "this is another one"},
	} {
		object := &v1alpha1.VPCPeering{Spec: v1alpha1.VPCPeeringSpec{Mode: v1alpha1.ModePlan, ApprovedPlan: test.approved}, Status: test.status}
		object.Status.Plan = &v1alpha1.Plan{Hash: "pnow"}
		if got := NewPlan(object, nil).Next; !strings.Contains(got, test.says) {
			t.Errorf("%s: %q, want %q", name, got, test.says)
		}
	}
}
