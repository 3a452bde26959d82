package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Plan is what a VPCPeering would change.
type Plan struct {
	Name string `json:"name"`
	// Hash names exactly this plan.
	Hash    string   `json:"hash"`
	Actions []string `json:"actions"`
	// Findings are what stands in its way.
	Findings []string `json:"findings,omitempty"`
	// Rollouts are what the clusters of both sides would do.
	Rollouts []Rollout `json:"rollouts,omitempty"`
}

// Rollout is the preview of one cluster.
type Rollout struct {
	Cluster string                  `json:"cluster"`
	Preview v1alpha1.RolloutPreview `json:"preview"`
}

// NewPlan reads the plan from status, and the previews of the clusters.
func NewPlan(peering *v1alpha1.VPCPeering, clusters map[string]*v1alpha1.PeeredCluster) Plan {
	plan := Plan{Name: peering.Namespace + "/" + peering.Name}
	if peering.Status.Plan != nil {
		plan.Hash, plan.Actions = peering.Status.Plan.Hash, peering.Status.Plan.Actions
	}
	of := object{peering.Generation, peering.Status.ObservedGeneration, peering.Status.Conditions}
	if step, ok := of.step(v1alpha1.ConditionPreflightPassed); ok && step.State != Good {
		plan.Findings = append(plan.Findings, step.Message)
	}
	for _, name := range clustersOf(peering) {
		if cluster := clusters[name]; cluster != nil && cluster.Status.Rollout != nil && cluster.Status.Rollout.Preview != nil {
			plan.Rollouts = append(plan.Rollouts, Rollout{name, *cluster.Status.Rollout.Preview})
		}
	}
	return plan
}

// Write says it as `terraform plan` would.
func (p Plan) Write(to io.Writer) error {
	var text strings.Builder
	for _, finding := range p.Findings {
		fmt.Fprintf(&text, "! %s\n", finding)
	}
	for _, action := range p.Actions {
		fmt.Fprintf(&text, "  %s %s\n", sign(action), action)
	}
	for _, rollout := range p.Rollouts {
		preview := rollout.Preview
		fmt.Fprintf(&text, "  ~ PeeredCluster %s: set %s and renew %s%s\n", rollout.Cluster, preview.NativeRoutingCIDR,
			message.Count(int(preview.NodeCount), "node"), minutes(preview.ExpectedMinutes))
		for _, blocker := range preview.Blockers {
			fmt.Fprintf(&text, "      blocked by: %s\n", blocker)
		}
	}
	if len(p.Actions)+len(p.Rollouts) == 0 {
		fmt.Fprintf(&text, "VPCPeering %s would change nothing.\n", p.Name)
	} else {
		fmt.Fprintf(&text, "\nPlan %s of VPCPeering %s: %s in AWS, %s. Set mode: Apply to carry it out.\n",
			p.Hash, p.Name, message.Count(len(p.Actions), "change"), p.renewals())
	}
	_, err := io.WriteString(to, text.String())
	return err
}

// renewals: a cluster plans its nodes for the peerings that are applied, so a plan may know of none.
func (p Plan) renewals() string {
	if len(p.Rollouts) == 0 {
		return "and no cluster shows nodes to renew yet (with spec.rollout.approval: Manual each shows them after that, and waits)"
	}
	return message.Count(len(p.Rollouts), "cluster") + " to renew nodes in"
}

func minutes(expected int32) string {
	if expected == 0 {
		return ""
	}
	return fmt.Sprintf(", in about %s", message.Count(int(expected), "minute"))
}

// sign is Terraform's: what is created, changed or removed. The verbs are those of internal/peering's actions; a route that
// replaces another says what it is instead of.
func sign(action string) string {
	switch verb, _, _ := strings.Cut(strings.ToLower(action), " "); {
	case verb == "delete" || verb == "remove":
		return "-"
	case verb == "request" || verb == "let" || verb == "route" && !strings.Contains(action, " instead of "):
		return "+"
	}
	return "~"
}
