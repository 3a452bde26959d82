package peering

import (
	"encoding/json"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

const (
	// mostApproved bounds the things of an approved plan that status keeps.
	mostApproved = 5000
	// itemLength is how many characters of an item's digest status keeps: two of 5000 items share them once in 200,000
	// plans.
	itemLength = 12
	// mostDiffering bounds the lines of each kind that a message names.
	mostDiffering = 5
)

// Consent is what may be written now.
type Consent struct {
	// Held says why nothing may; nil: something may.
	Held *verdict.Verdict
	// Record is what status.approval has to say before the first write; nil: no plan is approved.
	Record *v1alpha1.PlanApproval
	// only may be written, and nothing else; nil: whatever is needed.
	only approvedItems
}

// approvedItems are the digests of items.
type approvedItems map[string]bool

func approved(digests []string) approvedItems {
	items := approvedItems{}
	for _, item := range digests {
		items[item] = true
	}
	return items
}

// have reports whether all of the items are approved.
func (a approvedItems) have(items []string) bool {
	return !slices.ContainsFunc(digests(items), func(item string) bool { return !a[item] })
}

// Approval is what a consent depends on.
type Approval struct {
	Spec v1alpha1.VPCPeeringSpec
	// Record is status.approval, and Shown is status.plan, as they were.
	Record *v1alpha1.PlanApproval
	Shown  *v1alpha1.Plan
	// Plan is what is needed now.
	Plan Plan
	// Unread: of one side not everything could be read, so the plan may lack something.
	Unread bool
}

// Agree decides which part of a plan is approved: all of what is left, or nothing.
func Agree(in Approval) Consent {
	if in.Spec.ApprovedPlan == "" {
		return Consent{}
	}
	record, items := in.record(), in.Plan.items()
	carriedOut := record.CarriedOutFor != ""
	switch {
	case carriedOut && record.CarriedOutFor == SpecDigest(in.Spec):
		return Consent{Record: record}
	case !carriedOut && len(record.Items) > 0 && approved(record.Items).have(items):
		return Consent{Record: record, only: approved(record.Items)}
	case len(items) == 0: // nothing is to be approved
		return Consent{Record: record, only: approved(nil)}
	case in.Plan.Hash() != record.Hash && in.Unread: // the hash of half a plan is none to advise
		return Consent{Record: record, Held: new(verdict.New(verdict.Wait, v1alpha1.ReasonSideUnread,
			"One side cannot be read, so the plan cannot be compared. It is compared when that side answers."))}
	case in.Plan.Hash() != record.Hash:
		return Consent{Held: new(in.outdated(record)), Record: record}
	case len(items) > mostApproved:
		return Consent{Record: record, Held: new(verdict.Newf(verdict.Held, v1alpha1.ReasonAwaitingApproval,
			"Plan %s writes %d things, and at most %d can be approved by hash. Remove spec.approvedPlan and set mode: Apply.", record.Hash, len(items), mostApproved))}
	}
	accepted := &v1alpha1.PlanApproval{Hash: record.Hash, Actions: in.Plan.Status().Actions, Items: digests(items)}
	return Consent{Record: accepted, only: approved(accepted.Items)}
}

// record is what is known of the plan that the spec names.
func (in Approval) record() *v1alpha1.PlanApproval {
	hash := in.Spec.ApprovedPlan
	switch {
	case in.Record != nil && in.Record.Hash == hash:
		return in.Record.DeepCopy()
	case in.Shown != nil && in.Shown.Hash == hash:
		return &v1alpha1.PlanApproval{Hash: hash, Actions: slices.Clone(in.Shown.Actions)}
	case in.Record != nil && in.Record.CarriedOutFor == SpecDigest(in.Spec):
		// The hash is corrected after the work: there is nothing more to approve.
		return &v1alpha1.PlanApproval{Hash: hash, CarriedOutFor: in.Record.CarriedOutFor}
	default:
		return &v1alpha1.PlanApproval{Hash: hash}
	}
}

// outdated says what differs, and what to do.
func (in Approval) outdated(record *v1alpha1.PlanApproval) verdict.Verdict {
	now := in.Plan.Status()
	if record.CarriedOutFor != "" {
		return verdict.Newf(verdict.Held, v1alpha1.ReasonAwaitingApproval,
			"Plan %s was carried out, and the spec changed since. Nothing is changed or repaired until plan %s is approved: %s. Read status.plan, then set spec.approvedPlan to %s, or undo the change of the spec.",
			record.Hash, now.Hash, message.Count(len(now.Actions), "line"), now.Hash)
	}
	return verdict.Newf(verdict.Held, v1alpha1.ReasonPlanOutdated,
		"spec.approvedPlan is %s, but what is needed now is plan %s, so nothing is done. %s Read status.plan, then set spec.approvedPlan to %s.",
		record.Hash, now.Hash, in.difference(record, now.Actions), now.Hash)
}

// difference names the lines that only one of the two plans has.
func (in Approval) difference(record *v1alpha1.PlanApproval, now []string) string {
	if len(record.Actions) == 0 {
		return "Plan " + record.Hash + " was not seen here, so what differs is not known."
	}
	said, begun := "", len(record.Items) > 0
	if added := besides(now, record.Actions); len(added) > 0 && !begun {
		said = "Only the new plan has: " + message.Sentences(first(added))
	} else if begun {
		said = "Part of the approved plan is carried out. Besides what is left of it, there is now: " + message.Sentences(first(in.unapproved(approved(record.Items))))
	}
	if gone := besides(record.Actions, now); len(gone) > 0 && !begun {
		said += spaced(said) + "Only the approved plan has: " + message.Sentences(first(gone))
	}
	if said == "" {
		return "They differ in tags, or in lines that are not listed."
	}
	return said
}

// unapproved are the lines of what is needed that the approved items do not have.
func (in Approval) unapproved(approved approvedItems) []string {
	var lines []string
	for _, each := range in.Plan.things() {
		if !approved.have(each.items(in.Plan.Connection.own())) {
			lines = append(lines, message.Sentence(each.String()))
		}
	}
	return lines
}

func spaced(before string) string {
	if before == "" {
		return ""
	}
	return " "
}

func first(lines []string) []string { return message.Bounded(lines, mostDiffering) }

func besides(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}

// Allows reports whether an action may be carried out. The connection says which one is crossvpc's own.
func (c Consent) Allows(action Action, connection ConnectionPlan) bool {
	if !c.Limited() {
		return c.Held == nil
	}
	return c.only.have(action.items(connection.own()))
}

// Limited reports whether what may be written is limited to an approved plan.
func (c Consent) Limited() bool { return c.only != nil }

// CarriedOut is the record once all of a plan was seen in place.
func CarriedOut(spec v1alpha1.VPCPeeringSpec) *v1alpha1.PlanApproval {
	return &v1alpha1.PlanApproval{Hash: spec.ApprovedPlan, CarriedOutFor: SpecDigest(spec)}
}

func digests(items []string) []string {
	return each(items, func(item string) string { return digest([]string{item})[:itemLength] })
}

func encoded(spec v1alpha1.VPCPeeringSpec) string {
	content, err := json.Marshal(spec)
	if err != nil {
		return err.Error() // no spec that an API server took
	}
	return string(content)
}
