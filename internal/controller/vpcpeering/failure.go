package vpcpeering

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// failed turns errors of AWS into one verdict: denied permissions and quotas are
// listed together, whatever else failed beside them.
func (p *reconciliation) failed(doing string, errs ...error) verdict.Verdict {
	if refused := notApproved(errs); refused != nil {
		return p.outdatedBy(refused)
	}
	var denied, quota, terminal, user, passing []string
	var patience time.Duration
	for _, err := range separate(errs) {
		where := p.where(err)
		for _, failure := range aws.Failures(err) {
			text := failure.Message
			switch {
			case failure.Denied: // whatever it was about: AWS says who may not do what
				denied = append(denied, p.sideOf(err, failure)+text)
			case failure.Quota:
				quota = append(quota, where+text)
			case failure.Class == aws.Terminal:
				terminal = append(terminal, where+text)
			case failure.Class == aws.User:
				user = append(user, where+text)
			default:
				passing = append(passing, text)
				patience = impatient(patience, failure.Patience)
			}
		}
	}
	switch {
	case len(denied) > 0:
		return p.stalled(v1alpha1.ReasonPermissionDenied, listed(doing, slices.Concat(denied, quota)))
	case len(quota) > 0:
		return p.stalled(v1alpha1.ReasonQuotaReached, listed(doing, quota))
	case len(terminal) > 0:
		return p.stalled(v1alpha1.ReasonRefused, listed(doing, terminal))
	case len(user) > 0:
		return p.stalled(v1alpha1.ReasonAWSError, listed(doing, user))
	default:
		return p.passing(doing, passing, patience)
	}
}

func (p *reconciliation) stalled(reason, said string) verdict.Verdict {
	p.again.Within(userError)
	return verdict.New(verdict.Stalled, reason, said)
}

// listed names each error once, and the first few of many: a full quota meets every
// table of a side.
func listed(doing string, messages []string) string {
	return doing + " failed. " + message.Sentences(unique(messages))
}

// refusedAction is an error of AWS together with the action that it refused: AWS's text
// often lacks the ids.
type refusedAction struct {
	action peering.Action
	error
}

func (r *refusedAction) Unwrap() error { return r.error }

// separate takes joined errors apart.
func separate(errs []error) []error {
	var single []error
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			single = append(single, separate(joined.Unwrap())...)
		} else if err != nil {
			single = append(single, err)
		}
	}
	return single
}

// sideError is an error of AWS together with the side that it came from, as who asked sees it.
type sideError struct {
	side peering.Side
	error
}

func (s *sideError) Unwrap() error { return s.error }

// sideOf says from which side and region an error came that AWS does not say it of.
func (p *reconciliation) sideOf(err error, failure aws.Failure) string {
	if !failure.Nameless {
		return ""
	}
	var side peering.Side
	if from, ok := errors.AsType[*sideError](err); ok {
		side = from.side
	} else if refused, ok := errors.AsType[*refusedAction](err); ok {
		side = p.actorFor(refused.action.Role(), peering.OnGroups(refused.action)).Side
	} else {
		return ""
	}
	if failure.Service == "STS" { // it is called in the operator's region
		return fmt.Sprintf("Of the %s, as AWSIdentity %s in account %s: ", side.Role, side.Identity, side.Account)
	}
	return fmt.Sprintf("In region %s of the %s, as AWSIdentity %s in account %s: ", side.Region, side.Role, side.Identity, side.Account)
}

// ofActor keeps the errors that one actor met apart, and says whose they are.
func ofActor(a actor, err error) error {
	single := separate([]error{err})
	for i := range single {
		single[i] = &sideError{side: a.Side, error: single[i]}
	}
	return errors.Join(single...)
}

// where says what an error is about, with how much of it is in use.
func (p *reconciliation) where(err error) string {
	refused, ok := errors.AsType[*refusedAction](err)
	if !ok {
		return ""
	}
	return "Cannot " + refused.action.String() + p.inUse(refused.action) + ": "
}

func (p *reconciliation) inUse(action peering.Action) string {
	side := p.snapshot.At(action.Role())
	switch a := action.(type) {
	case peering.CreateRoute:
		for _, table := range side.RouteTables {
			if table.ID == a.RouteTableID {
				lists := slices.DeleteFunc(slices.Clone(table.Routes), func(r peering.Route) bool { return r.PrefixListID == "" })
				return ", which has " + message.Count(len(table.Routes), "route") + byLists(len(lists))
			}
		}
	case peering.AuthorizeRules:
		count, lists := countRules(side.Rules, a.GroupID, a.Egress)
		noun := "ingress rule"
		if a.Egress {
			noun = "egress rule"
		}
		return fmt.Sprintf(", which needs %s beside %s", message.Count(len(a.Rules), "free place"), message.Count(count, noun)+byLists(lists))
	}
	return ""
}

// byLists says that AWS counts a prefix list with its maximum entries, which may be many
// more than it has (VPC user guide, "Managed prefix lists").
func byLists(lists int) string {
	if lists == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d by prefix list, which %s with the maximum entries of the list)", lists, message.Verb(lists, "counts", "count"))
}

func countRules(rules []peering.SecurityGroupRule, group string, egress bool) (count, lists int) {
	for _, rule := range rules {
		if rule.GroupID != group || rule.Egress != egress {
			continue
		}
		count++
		if rule.PrefixListID != "" {
			lists++
		}
	}
	return count, lists
}
