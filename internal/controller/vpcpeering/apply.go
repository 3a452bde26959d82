package vpcpeering

import (
	"context"
	"errors"
	"slices"
	"sync"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// mostParallel bounds the writes in flight for one object.
const mostParallel = 16

// apply carries out independent actions side by side; one that fails does not
// stop the others.
func (p *reconciliation) apply(ctx context.Context, actions []peering.Action) error {
	_, err := p.applyAll(ctx, actions)
	return err
}

// applyAll is apply with what AWS answered to each.
func (p *reconciliation) applyAll(ctx context.Context, actions []peering.Action) ([]aws.Outcome, error) {
	var group sync.WaitGroup
	outcomes, errs := make([]aws.Outcome, len(actions)), make([]error, len(actions))
	slots := make(chan struct{}, mostParallel)
	for i, action := range actions {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			outcomes[i], errs[i] = p.applyOne(ctx, action)
		})
	}
	group.Wait()
	return outcomes, errors.Join(errs...)
}

// removes reports whether anything is removed: it stays on record until a read shows it gone.
func removes(actions []peering.Action) bool {
	return slices.ContainsFunc(actions, func(action peering.Action) bool {
		switch action.(type) {
		case peering.DeleteRoute, peering.RevokeRules:
			return true
		default:
			return false
		}
	})
}

// answered takes what AWS answered to actions into the snapshot. False: some answers leave open what
// there is now, the snapshot is as it was, and has to be read again.
func (p *reconciliation) answered(actions []peering.Action, outcomes []aws.Outcome) bool {
	known := p.snapshot
	for i, action := range actions {
		ids := outcomes[i].RuleIDs
		if outcomes[i].Stale {
			// Of what a read did not show AWS says that it is there: it was made a moment ago, and reads lag behind.
			before, was := peering.AnsweredBefore(p.answeredBefore, action)
			if !was {
				return false
			}
			ids = before
		}
		side := known.At(action.Role())
		told, said := side.Answered(action, ids)
		if !said {
			return false
		}
		*side = told
	}
	p.snapshot = known
	return true
}

func (p *reconciliation) applyOne(ctx context.Context, action peering.Action) (aws.Outcome, error) {
	if !p.consent.Allows(action, p.connection) {
		return aws.Outcome{}, &refusedAction{action: action, error: errNotApproved}
	}
	by := p.actorFor(action.Role(), peering.OnGroups(action))
	identity, err := p.acting(by)
	if err != nil {
		return aws.Outcome{}, &refusedAction{action: action, error: err}
	}
	outcome, err := p.Cloud.Apply(ctx, identity, by.Region, action)
	if err != nil {
		ctrl.LoggerFrom(ctx).Info("AWS refused to "+action.String(), "error", err.Error(), "requestID", aws.Classify(err).RequestID)
		return outcome, &refusedAction{action: action, error: err}
	}
	ctrl.LoggerFrom(ctx).Info(peering.Past(action), "region", by.Region, "account", by.Account)
	return outcome, nil
}
