package backend

import "github.com/crossvpc/crossvpc/internal/cilium"

// situation is what the choice of a backend depends on.
type situation struct {
	policy   cilium.Policy
	facts    cilium.Facts
	decision cilium.Decision
}

// choices are asked in order; the first that applies is where a decision is written.
var choices = []struct {
	// name of the backend; empty: it is written nowhere.
	name string
	// ofValues marks those that write a native routing CIDR.
	ofValues bool
	applies  func(situation) bool
}{
	{"", false, nothingToWrite},
	{Manual, true, byOthers},
	{AWSNode, false, func(s situation) bool { return s.facts.RoutedByAWSNode() }},
	{"", false, func(s situation) bool { return !s.facts.Found }},
	{IPMasqAgent, false, func(s situation) bool { return s.policy.Strategy == cilium.StrategyIPMasqAgent }},
	{ConfigMap, true, func(s situation) bool { return s.policy.WriteTo == cilium.WriteToConfigMap }},
	{CiliumNodeConfig, true, func(situation) bool { return true }},
}

func nothingToWrite(s situation) bool {
	return s.decision.Kind == cilium.KindNotRequired || s.decision.Kind == cilium.KindPodAddressesNotRoutable
}

// byOthers: a person is asked to write it, or somebody did.
func byOthers(s situation) bool {
	return s.policy.WriteTo == cilium.WriteToManual || s.decision.SetByOthers
}

// For is where a decision is written, or would be if nothing stood in the way; nil: nowhere.
func (s Set) For(policy cilium.Policy, decision cilium.Decision) Backend {
	asked := situation{policy, s.facts, decision}
	for _, choice := range choices {
		if choice.applies(asked) {
			return s.Named(choice.name)
		}
	}
	return nil
}

// ForValue is where a native routing CIDR is written, whatever is decided now: one
// that is live is held back or withdrawn there, too.
func (s Set) ForValue(policy cilium.Policy, decision cilium.Decision) Backend {
	asked := situation{policy, s.facts, decision}
	for _, choice := range choices {
		if choice.ofValues && choice.applies(asked) {
			return s.Named(choice.name)
		}
	}
	return nil
}
