package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Plan is what a VPCPeering would change.
type Plan struct {
	Name string `json:"name"`
	// Hash names exactly this plan.
	Hash    string   `json:"hash"`
	Actions []string `json:"actions"`
	// Approved is the hash that spec.approvedPlan has.
	Approved string `json:"approved,omitempty"`
	// Findings are what stands in its way.
	Findings []string `json:"findings,omitempty"`
	// Rollouts are what the clusters of both sides would do.
	Rollouts []Rollout `json:"rollouts,omitempty"`
	// Unread is what could not be looked at, so that the plan is not whole.
	Unread []string `json:"unread,omitempty"`
	// Remarks are what else there is to know.
	Remarks []string `json:"remarks,omitempty"`
	// nodesUnknown: a cluster plans its nodes for the peerings that are applied, and this one is not.
	nodesUnknown bool
	// Next is what to do to have it carried out.
	Next string `json:"next,omitempty"`
}

// Rollout is the preview of one cluster.
type Rollout struct {
	Cluster string                  `json:"cluster"`
	Preview v1alpha1.RolloutPreview `json:"preview"`
}

// NewPlan reads the plan from status, and the previews of the clusters.
func NewPlan(peering *v1alpha1.VPCPeering, clusters map[string]*v1alpha1.PeeredCluster) Plan {
	plan := Plan{Name: peering.Namespace + "/" + peering.Name, Approved: peering.Spec.ApprovedPlan}
	if peering.Status.Plan != nil {
		plan.Hash, plan.Actions = peering.Status.Plan.Hash, peering.Status.Plan.Actions
	}
	of := object{peering.Generation, peering.Status.ObservedGeneration, peering.Status.Conditions}
	if step, ok := of.step(v1alpha1.ConditionPreflightPassed); ok && step.State != Good && !plan.Blocked() { // else lines of it say so
		plan.Findings = append(plan.Findings, step.Message)
	}
	for _, name := range ClustersOf(peering) {
		if cluster := clusters[name]; cluster != nil && cluster.Status.Rollout != nil && cluster.Status.Rollout.Preview != nil {
			plan.Rollouts = append(plan.Rollouts, Rollout{name, *cluster.Status.Rollout.Preview})
		}
	}
	plan.nodesUnknown = len(plan.Rollouts) == 0
	plan.Next = next(peering)
	return plan
}

// next says what is to be done about the plan of an object that is in the cluster.
func next(peering *v1alpha1.VPCPeering) string {
	switch approved := peering.Spec.ApprovedPlan; {
	case peering.Status.Plan == nil:
		return ""
	case approved == peering.Status.Plan.Hash:
		return "It is approved."
	case approved == "":
		return fmt.Sprintf("To carry out exactly this, set spec.approvedPlan to %s (--approve). To carry out whatever is needed, set mode: Apply.", peering.Status.Plan.Hash)
	case peering.Status.Approval != nil && peering.Status.Approval.Hash == approved && len(peering.Status.Approval.Items) > 0 && !stalledFor(peering, v1alpha1.ReasonPlanOutdated):
		return fmt.Sprintf("This is left of the approved plan %s, which is being carried out.", approved)
	case peering.Status.Approval != nil && peering.Status.Approval.CarriedOutFor != "" && !stalledFor(peering, v1alpha1.ReasonAwaitingApproval):
		return fmt.Sprintf("The approved plan %s was carried out. Repairs need no approval.", approved)
	default:
		return fmt.Sprintf("The approved plan is %s, and this is another one, so nothing is done. To carry out this one, set spec.approvedPlan to %s (--approve).", approved, peering.Status.Plan.Hash)
	}
}

func stalledFor(peering *v1alpha1.VPCPeering, reason string) bool {
	for _, condition := range peering.Status.Conditions {
		if condition.Type == v1alpha1.ConditionStalled && condition.Reason == reason {
			return true
		}
	}
	return false
}

// Blocked reports whether something stands in its way.
func (p Plan) Blocked() bool { return len(p.Refused()) > 0 }

// Refused is what stands in its way: what preflight found, and the changes that are blocked.
func (p Plan) Refused() []string {
	refused := slices.Clone(p.Findings)
	for _, action := range p.Actions {
		if signOf(action) == "!" {
			refused = append(refused, action)
		}
	}
	return refused
}

// Changes counts what would be made, changed or removed.
func (p Plan) Changes() int {
	changes := 0
	for _, action := range p.Actions {
		if sign := signOf(action); sign != "!" && sign != "#" {
			changes++
		}
	}
	return changes
}

// WritePlan says it as `terraform plan` would.
func (p Paper) WritePlan(to io.Writer, plan Plan) error {
	var text strings.Builder
	for _, finding := range plan.Findings {
		p.planLine(&text, "!", finding)
	}
	counts := map[string]int{}
	for _, action := range plan.Actions {
		sign := signOf(action)
		counts[sign]++
		p.planLine(&text, sign, action)
	}
	for _, rollout := range plan.Rollouts {
		p.planRollout(&text, rollout)
	}
	for _, unread := range plan.Unread {
		p.planLine(&text, "?", unread)
	}
	for _, remark := range plan.Remarks {
		p.planLine(&text, "#", remark)
	}
	p.planSummary(&text, plan, counts)
	_, err := io.WriteString(to, text.String())
	return err
}

func (p Paper) planSummary(text *strings.Builder, plan Plan, counts map[string]int) {
	if counts["+"]+counts["~"]+counts["-"]+len(plan.Rollouts)+len(plan.Unread)+len(plan.Findings)+counts["!"] == 0 {
		p.paragraph(text, fmt.Sprintf("VPCPeering %s would change nothing.", plan.Name))
		return
	}
	fmt.Fprintln(text)
	if plan.Hash == "" {
		p.paragraph(text, fmt.Sprintf("VPCPeering %s has no plan yet: see the lines with ! and ?.", plan.Name))
		return
	}
	summary := fmt.Sprintf("Plan %s of VPCPeering %s: %d to add, %d to change, %d to remove%s.",
		plan.Hash, plan.Name, counts["+"], counts["~"], counts["-"], plan.renewals())
	if blocked := counts["!"]; blocked > 0 {
		summary += fmt.Sprintf(" %s it; see the lines with !.", message.Verb(blocked, "1 thing blocks", fmt.Sprintf("%d things block", blocked)))
	}
	p.paragraph(text, summary)
	if plan.Next != "" {
		p.paragraph(text, plan.Next)
	}
}

// WithNodes says that the clusters were asked which nodes would be renewed.
func (p Plan) WithNodes(rollouts ...Rollout) Plan {
	p.Rollouts, p.nodesUnknown = rollouts, false
	return p
}

// WithNodesOf is the operator's plan with the nodes of one that was made beside it, now and with the asker's credentials,
// and with what stands in the way of those.
func (p Plan) WithNodesOf(beside Plan) Plan {
	p = p.WithNodes(beside.Rollouts...)
	for _, finding := range beside.Findings {
		if !slices.Contains(p.Findings, finding) {
			p.Findings = append(p.Findings, finding)
		}
	}
	p.Unread, p.Remarks = beside.Unread, beside.Remarks
	if beside.Hash != "" && beside.Hash != p.Hash {
		p.Remarks = append(p.Remarks, fmt.Sprintf("What is there now makes another plan, %s: the operator planned before that.", beside.Hash))
	}
	return p
}

func (p Plan) renewals() string {
	switch {
	case p.nodesUnknown:
		return ". No cluster shows nodes to renew yet: --nodes reads them with your own credentials; with spec.rollout.approval: Manual each shows them once this is carried out, and waits"
	case len(p.Rollouts) == 0:
		return "; no node is renewed"
	default:
		return "; " + message.Count(len(p.Rollouts), "cluster") + " to renew nodes in"
	}
}

func (p Paper) planRollout(text *strings.Builder, rollout Rollout) {
	preview := rollout.Preview
	what := "keep its routing value"
	if preview.NativeRoutingCIDR != "" {
		what = "set " + preview.NativeRoutingCIDR
	}
	p.planLine(text, "~", fmt.Sprintf("PeeredCluster %s: %s and renew %s%s", rollout.Cluster, what, message.Count(int(preview.NodeCount), "node"), minutes(preview.ExpectedMinutes)))
	if len(preview.Nodes) > 0 {
		p.planLine(text, "   ", "nodes: "+strings.Join(listed(preview), ", "))
	}
	for _, block := range preview.CollateralCIDRs {
		p.planLine(text, "   ", "loses masquerading: "+block)
	}
	for _, blocker := range preview.Blockers {
		p.planLine(text, "   ", "blocked by: "+blocker)
	}
}

func listed(preview v1alpha1.RolloutPreview) []string {
	if more := int(preview.NodeCount) - len(preview.Nodes); more > 0 {
		return append(slices.Clip(preview.Nodes), fmt.Sprintf("and %d more", more))
	}
	return preview.Nodes
}

// planLine writes a line behind its sign.
func (p Paper) planLine(text *strings.Builder, sign, line string) {
	before := "  " + sign + " "
	var plain strings.Builder
	p.hanging(&plain, before, line)
	text.WriteString(strings.Replace(plain.String(), before, p.tint(sign, before), 1))
}

// hanging writes a line behind what is before it; what does not fit goes on below, as far in.
func (p Paper) hanging(text *strings.Builder, before, line string) {
	for i, part := range p.lines(line, utf8.RuneCountInString(before)) {
		if i > 0 {
			before = strings.Repeat(" ", utf8.RuneCountInString(before))
		}
		fmt.Fprintln(text, before+part)
	}
}

func (p Paper) paragraph(text *strings.Builder, sentence string) {
	for _, line := range p.lines(sentence, 0) {
		fmt.Fprintln(text, line)
	}
}

// tints are Terraform's.
var tints = map[string]State{"+": Good, "~": AtRest, "-": Bad, "!": Bad, "?": Unknown}

func (p Paper) tint(sign, text string) string {
	if state, known := tints[sign]; known && strings.Contains(text, sign) {
		return p.paint(state, text)
	}
	return text
}

func minutes(expected int32) string {
	if expected == 0 {
		return ""
	}
	return fmt.Sprintf(", in about %s", message.Count(int(expected), "minute"))
}

// signOf is Terraform's sign for an action, as the operator says it: what is made, changed or removed. What blocks
// and what is only to be known have signs of their own.
func signOf(action string) string {
	verb, rest, _ := strings.Cut(strings.ToLower(action), " ")
	switch verb {
	case "blocked:":
		return "!"
	case "note:", "and":
		return "#"
	case "request":
		return "+"
	case "let":
		if strings.Contains(rest, " admit ") || strings.Contains(rest, " let out ") {
			return "+"
		}
	case "route":
		if !strings.Contains(rest, " instead of ") {
			return "+"
		}
	case "delete":
		return "-"
	case "remove":
		if !strings.HasPrefix(rest, "the tags ") {
			return "-"
		}
	}
	return "~"
}
