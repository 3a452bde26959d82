package vpcpeering

import (
	"context"
	"errors"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// step observes, acts, and judges one condition.
type step struct {
	condition string
	run       func(context.Context) (verdict.Verdict, error)
}

// run takes the steps in order; one that is not done ends the AWS half. What the
// clusters report is mirrored all the same.
func (p *reconciliation) run(ctx context.Context) error {
	done, err := p.take(ctx, []step{
		{v1alpha1.ConditionIdentitiesReady, p.resolveIdentities},
		{v1alpha1.ConditionPreflightPassed, p.preflight},
	})
	if err != nil {
		return err
	}
	planned, err := p.plan(ctx)
	if err != nil {
		return err
	}
	if !done && !p.goOn || p.object.Spec.OnlyPlans() {
		if p.PathInPlans {
			p.checkPath()
		}
		p.standStill(ctx)
		return nil
	}
	if agreed, err := p.agree(ctx, planned); !agreed || err != nil {
		p.standStill(ctx)
		return err
	}
	if recorded, err := p.recordOrHold(ctx); !recorded || err != nil {
		p.standStill(ctx)
		return err
	}
	err = p.takeAWS(ctx)
	p.noteCarriedOut()
	if mirrorErr := p.takeAll(ctx, []step{
		{v1alpha1.ConditionCiliumConfigured, p.mirrorCilium},
		{v1alpha1.ConditionNodesUpToDate, p.mirrorNodes},
	}); mirrorErr != nil {
		err = errors.Join(err, mirrorErr)
	}
	p.checkPath()
	if err == nil {
		err = p.verify(ctx)
	}
	return err
}

// standStill ends a reconciliation that writes nothing to AWS.
func (p *reconciliation) standStill(ctx context.Context) {
	p.abandonRun(ctx)
	p.lookForRefusal(ctx)
}

// takeAWS makes the AWS half. On the way up a step that is not done ends it; what was
// joined before is kept up also while an earlier step, or the other side, is not.
func (p *reconciliation) takeAWS(ctx context.Context) error {
	done, err := p.takeOne(ctx, step{v1alpha1.ConditionPeeringActive, p.connect})
	if err != nil || !done && (!p.connection.Live || !p.joined()) {
		return err
	}
	if err := p.followTags(ctx); err != nil {
		return err
	}
	done, err = p.takeOne(ctx, step{v1alpha1.ConditionSecurityGroupsReady, p.openGroups})
	if err != nil || !done && !p.joined() {
		return err
	}
	p.request.OnlyRepair = !done
	done, err = p.takeOne(ctx, step{v1alpha1.ConditionRoutesReady, p.route})
	if err != nil || !done && !p.joined() {
		return err
	}
	_, err = p.takeOne(ctx, step{v1alpha1.ConditionDNSReady, p.setDNS})
	return err
}

// take runs steps until one is not done and what was joined before is not kept up.
func (p *reconciliation) take(ctx context.Context, steps []step) (bool, error) {
	all := true
	for _, s := range steps {
		done, err := p.takeOne(ctx, s)
		if all = all && done; err != nil || !done && !p.goOn {
			return false, err
		}
	}
	return all, nil
}

// takeAll runs every step, whatever the earlier ones say.
func (p *reconciliation) takeAll(ctx context.Context, steps []step) error {
	for _, s := range steps {
		if _, err := p.takeOne(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (p *reconciliation) takeOne(ctx context.Context, s step) (bool, error) {
	p.step = s.condition
	judged, err := s.run(ctx)
	if err != nil {
		return false, fmt.Errorf("%s: %w", s.condition, err)
	}
	p.verdicts[s.condition] = judged
	p.endPatience(judged)
	return judged.Progress == verdict.Done, nil
}
