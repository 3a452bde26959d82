package peeredcluster

import (
	"cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidrgroup"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// configured is what the steps found out about Cilium's configuration. Where several
// have something to say, the earlier field wins; the CIDRGroups come last.
type configured struct {
	// moved says that Cilium is to be looked for elsewhere, where nothing of ours is.
	moved *verdict.Verdict
	// unread says why nothing can be decided: the cluster, or AWS, can't be read.
	unread *verdict.Verdict
	// written says how far a list, or a value in the rollout, got.
	written *verdict.Verdict
	// decided is what a decision says by which nothing is written.
	decided *verdict.Verdict
	// cidrGroups is empty where nobody asked for them.
	cidrGroups cidrgroup.Outcome
	// groupsRefused says that the cluster does not let CIDRGroups be kept; nil: it does.
	groupsRefused *verdict.Verdict
}

// judge says how CiliumConfigured stands; nil: nothing was found out.
func (c configured) judge() *verdict.Verdict {
	judged := c.ofRouting()
	missing := cmp.Or(c.groupsRefused, judgeCIDRGroups(c.cidrGroups))
	if missing != nil && (judged == nil || judged.Progress.Fulfilled() || judged.Progress == verdict.Act) { // else something graver is said
		return missing
	}
	return judged
}

func (c configured) ofRouting() *verdict.Verdict {
	for _, said := range []*verdict.Verdict{c.moved, c.unread, c.written, c.decided} {
		if said != nil {
			return said
		}
	}
	return nil
}

// judgeDecision is the verdict where nothing is written; nil: how far it got has yet to
// be seen. Undone says what became of what was written before.
func judgeDecision(decision cilium.Decision, undone string) *verdict.Verdict {
	switch decision.Kind {
	case cilium.KindNotRequired:
		return new(verdict.New(verdict.NotRequired, v1alpha1.ReasonNotRequired, decision.Message+undone))
	case cilium.KindBlocked, cilium.KindPodAddressesNotRoutable:
		return new(verdict.New(verdict.Stalled, string(decision.Reason), decision.Message))
	}
	return nil
}

// judgeCIDRGroups says what keeps a group from being there.
func judgeCIDRGroups(outcome cidrgroup.Outcome) *verdict.Verdict {
	switch {
	case outcome.Missing:
		return new(verdict.New(verdict.Stalled, v1alpha1.ReasonMissing,
			"CiliumCIDRGroups cannot be written, because the cluster does not serve that kind. Install Cilium's definitions, or set spec.cilium.cidrGroups to Disabled."))
	case outcome.Taken != "":
		return new(verdict.New(verdict.Stalled, v1alpha1.ReasonManagedElsewhere,
			"CiliumCIDRGroup "+outcome.Taken+" belongs to somebody else and is not touched. Rename or remove it."))
	}
	return nil
}
