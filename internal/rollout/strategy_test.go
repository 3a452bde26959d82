package rollout

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

func agentsOf(images ...string) cilium.Facts {
	facts := cilium.Facts{Found: true, Traits: cilium.Traits{RestoreFix: true}}
	for _, image := range images {
		version := cilium.ParseImage("cilium:" + image)
		traits := cilium.TraitsOf(version)
		facts.Agents = append(facts.Agents, version)
		facts.Traits.RestoreFix = facts.Traits.RestoreFix && traits.RestoreFix
		facts.Traits.DestinationScopedRules = facts.Traits.DestinationScopedRules || traits.DestinationScopedRules
	}
	return facts
}

func TestTheLeastDisruptiveMechanismThatIsSufficientIsChosen(t *testing.T) {
	const auto, restart = v1alpha1.RolloutAuto, v1alpha1.RolloutRestartAgents
	for name, c := range map[string]struct {
		asked   v1alpha1.RolloutStrategy
		facts   cilium.Facts
		want    v1alpha1.RolloutStrategy
		says    []string
		refused []string
	}{
		"agents that restore rules are enough":                {auto, agentsOf("v1.19.8"), restart, []string{"Cilium 1.19.8", "no pod has to move", "only when they start, so they must restart"}, nil},
		"so are those of 1.20.2":                              {auto, agentsOf("v1.20.2"), restart, nil, nil},
		"so are agents whose rules name no destination":       {auto, agentsOf("v1.21.0"), restart, nil, nil},
		"older agents need their pods recreated":              {auto, agentsOf("v1.18.4"), v1alpha1.RolloutRecyclePods, []string{"Cilium 1.18.4", "RestartAgents", "ReplaceNodes"}, nil},
		"1.20.1 is without the fix that 1.19.8 has":           {auto, agentsOf("v1.20.1"), v1alpha1.RolloutRecyclePods, nil, nil},
		"in the middle of an upgrade the older agents count":  {auto, agentsOf("v1.19.8", "v1.18.4"), v1alpha1.RolloutRecyclePods, []string{"1.18.4 and 1.19.8"}, nil},
		"of an unknown version the worst is assumed":          {auto, agentsOf("latest"), v1alpha1.RolloutRecyclePods, []string{"does not name its version"}, nil},
		"no wish is Auto":                                     {"", agentsOf("v1.19.8"), restart, nil, nil},
		"RestartAgents is refused where it strands pods (C5)": {restart, agentsOf("v1.20.0"), restart, nil, []string{"Cilium 1.20.0", "RecyclePods", "1.20.2"}},
		"RestartAgents is done where it does not":             {restart, agentsOf("v1.19.9"), restart, []string{"asks for it"}, nil},
		"a wish for more is granted":                          {v1alpha1.RolloutReplaceNodes, agentsOf("v1.19.8"), v1alpha1.RolloutReplaceNodes, []string{"asks for it"}, nil},
		"OnDelete stays what it is":                           {v1alpha1.RolloutOnDelete, agentsOf("latest"), v1alpha1.RolloutOnDelete, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := Choose(c.asked, c.facts)
			if got.Strategy != c.want || (got.Insufficient != "") != (len(c.refused) > 0) {
				t.Errorf("%+v, want %s", got, c.want)
			}
			for _, part := range c.says {
				if !strings.Contains(got.Message, part) {
					t.Errorf("message %q does not say %q", got.Message, part)
				}
			}
			for _, part := range c.refused {
				if !strings.Contains(got.Insufficient, part) {
					t.Errorf("refusal %q does not say %q", got.Insufficient, part)
				}
			}
		})
	}
}
