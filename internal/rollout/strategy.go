package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Choice is the strategy by which the nodes of a cluster are brought up to date, and why this one.
type Choice struct {
	// Strategy is never Auto.
	Strategy v1alpha1.RolloutStrategy
	// Message says why this one, why not less and why not more.
	Message string
	// Insufficient says why the mechanism asked for would leave pods without a way out, and what to do; empty when it
	// would not (C5).
	Insufficient string
}

// Choose picks the least disruptive mechanism that is sufficient, or judges the one that is asked for. Where agents
// differ, as in the middle of an upgrade, the worst of them counts; so it does for an unknown version.
func Choose(asked v1alpha1.RolloutStrategy, facts cilium.Facts) Choice {
	enough := facts.Found && (facts.Traits.RestoreFix || !facts.Traits.DestinationScopedRules)
	switch {
	case asked == v1alpha1.RolloutRestartAgents && !enough:
		return Choice{Strategy: asked, Message: "spec.rollout.strategy asks for it.", Insufficient: fmt.Sprintf(
			"Strategy RestartAgents would leave pods without a working route: %s. Set spec.rollout.strategy to RecyclePods, ReplaceNodes or Auto, "+
				"or upgrade Cilium to 1.19.8 or later of 1.19, or to 1.20.2 or later, first.", keepsRules(facts))}
	case asked != v1alpha1.RolloutAuto && asked != "":
		return Choice{Strategy: asked, Message: "spec.rollout.strategy asks for it."}
	case enough:
		return Choice{Strategy: v1alpha1.RolloutRestartAgents, Message: fmt.Sprintf(
			"Auto chose it: an agent of Cilium %s that starts renews the rules of the pods it finds, so no pod has to move. Agents read the value "+
				"only when they start, so they must restart.", versions(facts))}
	default:
		return Choice{Strategy: v1alpha1.RolloutRecyclePods, Message: fmt.Sprintf(
			"Auto chose it: %s, so restarted agents alone (RestartAgents) would leave pods without a working route. New instances (ReplaceNodes) "+
				"would disrupt more without need.", keepsRules(facts))}
	}
}

func keepsRules(facts cilium.Facts) string {
	if slices.ContainsFunc(facts.Agents, func(v cilium.Version) bool { return !v.Known() }) || len(facts.Agents) == 0 {
		return "the image of Cilium does not name its version, so crossvpc assumes that pods keep the rules they were created with"
	}
	return fmt.Sprintf("with Cilium %s pods keep the rules they were created with when their agent restarts", versions(facts))
}

func versions(facts cilium.Facts) string {
	found := make([]string, 0, len(facts.Agents))
	for _, v := range slices.SortedFunc(slices.Values(facts.Agents), cilium.Version.Compare) {
		found = append(found, v.String())
	}
	return strings.Join(slices.Compact(found), " and ")
}
