package peering

import (
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// RulesVerdict judges both sides' group rules by what was observed.
func RulesVerdict(plans Pair[RulesPlan]) verdict.Verdict {
	requester, accepter := plans.Requester.texts(Requester), plans.Accepter.texts(Accepter)
	missing := slices.Concat(requester.missing, accepter.missing)
	others := slices.Concat(requester.others, accepter.others)
	absent := slices.Concat(requester.absent, accepter.absent)
	switch {
	case len(missing) > 0:
		return verdict.Newf(verdict.Stalled, v1alpha1.ReasonMissing, "Group rules are missing, and with securityGroups.groups: None somebody else makes them: %s. Add them, or set securityGroups.groups to Auto.", message.Clauses(missing))
	case len(others) > 0:
		why := FindingsVerdict(slices.Concat(plans.Requester.OutOfReach, plans.Accepter.OutOfReach))
		return verdict.Newf(verdict.Stalled, why.Reason, "Group rules are missing, and crossvpc cannot add them: %s. %s", message.Clauses(others), why.Message)
	case len(absent) > 0:
		return verdict.New(verdict.Act, v1alpha1.ReasonProgressing, "Still to do: "+message.Clauses(absent)+".")
	}
	if waiting, ok := waitingForClusters(plans.Requester.Incomplete, plans.Accepter.Incomplete, "security groups"); ok {
		return waiting
	}
	inPlace, seen := rulesInPlace(slices.Concat(plans.Requester.InPlace, plans.Accepter.InPlace))
	if unclear, ok := notRead("Security groups", Pair[bool]{plans.Requester.NotRead, plans.Accepter.NotRead}, seen); ok {
		return unclear
	}
	if inPlace == 0 {
		return verdict.New(verdict.Done, v1alpha1.ReasonNotRequired, "No security group is selected on either side. Where the peer must be admitted, name groups in securityGroups.securityGroupIDs.")
	}
	return verdict.New(verdict.Done, v1alpha1.ReasonInPlace, noting(seen+".", slices.Concat(requester.remarks, accepter.remarks)))
}

// ruleTextsOf are what a verdict says of one side's plan.
type ruleTextsOf struct{ missing, others, absent, remarks []string }

func (p RulesPlan) texts(role Role) ruleTextsOf {
	said := ruleTextsOf{missing: ruleTexts(p.Missing, role), others: ruleTexts(p.Foreign, role)}
	for _, action := range p.Actions {
		said.absent = append(said.absent, action.String())
	}
	for _, rule := range p.Kept {
		said.remarks = append(said.remarks, "Rule "+rule+" stays in place.")
	}
	for _, rule := range p.Stripped {
		said.remarks = append(said.remarks, fmt.Sprintf("Rule %s no longer carries the tag %s and is left alone. Put the tag back, or remove the rule.", rule, v1alpha1.TagOwner))
	}
	for _, group := range p.ControlPlane {
		said.remarks = append(said.remarks, fmt.Sprintf("Security group %s (%s) is an EKS cluster group, so the peer also reaches the control plane's interfaces.", group, role))
	}
	return said
}

// rulesInPlace counts the rules that admit, and says what is there.
func rulesInPlace(keys []RuleKey) (count int, seen string) {
	in, out, groups := 0, 0, map[string]bool{}
	for _, key := range keys {
		if key.Egress {
			out++
			continue
		}
		in++
		groups[key.Group] = true
	}
	seen = fmt.Sprintf("%s in %s %s the peer", message.Count(in, "rule"), message.Count(len(groups), "security group"), message.Verb(in, "admits", "admit"))
	if out > 0 {
		seen += fmt.Sprintf(", and %s %s traffic out to it", message.Count(out, "rule"), message.Verb(out, "lets", "let"))
	}
	return in, seen
}

func ruleTexts(keys []RuleKey, role Role) []string {
	var texts []string
	for _, key := range keys {
		texts = append(texts, fmt.Sprintf("%s in %s (%s)", key.text(key.Egress), key.Group, role))
	}
	return texts
}
