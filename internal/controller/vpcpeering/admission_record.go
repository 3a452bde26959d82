package vpcpeering

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// stepAdmissions is a step beside those that have conditions: what it meets is shown in PreflightPassed. That condition is
// set again before each attempt, so it cannot tell since when the attempts fail: this step counts that.
const stepAdmissions = "Admissions"

// unrecorded is an identity whose admission is not recorded: nothing is done through it.
type unrecorded struct {
	actor
	// err is why; nil: AWS answered, without the VPC.
	err error
}

// recordOrHold records the admissions. While one cannot be recorded nothing is begun; of what was joined before, the
// parts are kept up whose identities have their record.
func (p *reconciliation) recordOrHold(ctx context.Context) (recorded bool, err error) {
	p.step = stepAdmissions
	missing, err := p.recordAdmissions(ctx, p.request.Sides)
	if err != nil {
		return false, fmt.Errorf("%s: %w", p.step, err)
	}
	if len(missing) == 0 {
		p.transientSince.clear(p.owner(), p.step)
		return true, nil
	}
	judged := p.judgeUnrecorded(missing[0])
	p.endPatience(judged)
	if p.verdicts[v1alpha1.ConditionPreflightPassed].Progress == verdict.Done {
		p.verdicts[v1alpha1.ConditionPreflightPassed] = judged
	}
	if !p.joined() {
		return false, nil
	}
	for _, a := range missing {
		p.lose(a.Role, p.kindsOf(a.actor))
	}
	p.standIn()
	return true, nil
}

func (p *reconciliation) judgeUnrecorded(a unrecorded) verdict.Verdict {
	switch {
	case object.RecordFull(a.err):
		return p.stalled(v1alpha1.ReasonAdmissionsFull, fmt.Sprintf(
			"AWSIdentity %s cannot record that it admits this VPCPeering to VPC %s (%s): its status takes no more VPCs, or no more VPCPeerings of this VPC. Nothing is done through it. Delete VPCPeerings that nobody needs and that act through it, or name another AWSIdentity (account %s).",
			a.Identity, a.VPC, a.Role, a.Account))
	case a.err != nil:
		return p.failed("Reading the VPC as AWSIdentity "+a.Identity, ofActor(a.actor, a.err))
	}
	p.again.Within(soon)
	return verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing,
		"AWS does not show VPC %s (%s) to AWSIdentity %s (account %s) yet, so nothing is done through it. Check that the VPC's subnets are shared with that account, or name another AWSIdentity.",
		a.VPC, a.Role, a.Identity, a.Account)
}

// recordAdmissions lets the identities of both sides remember that they admit the object, before
// anything is done through them. Nothing is recorded that does not hold now, and before a connection was made nothing
// at all until AWS shows both VPCs: a record is everybody's who acts through the identity, and has room for so many.
func (p *reconciliation) recordAdmissions(ctx context.Context, sides peering.Sides) ([]unrecorded, error) {
	type record struct {
		actor
		*admission
	}
	var due []record
	var missing []unrecorded
	for _, a := range actors(sides) {
		found, err := p.lookUpAdmission(ctx, a.Side)
		if err != nil {
			return nil, err
		}
		if found == nil || !found.admitted || found.recorded || found.place.Account != found.identity.Status.AccountID {
			continue
		}
		if confirmed, err := p.confirms(ctx, found.identity, a, sides.At(a.Role).Account); !confirmed {
			missing = append(missing, unrecorded{a, err})
			continue
		}
		due = append(due, record{a, found})
	}
	if len(missing) > 0 && p.object.Status.PeeringConnectionID == "" {
		return missing, nil
	}
	for _, found := range due {
		switch err := p.Admissions.Record(ctx, found.identity.Name, p.object.UID, found.place); {
		case object.RecordFull(err):
			missing = append(missing, unrecorded{found.actor, err})
		case err != nil:
			return nil, err
		}
	}
	if len(missing) > 0 {
		return missing, nil // a former identity may be the only one that has a record
	}
	return nil, p.forgetFormerAdmissions(ctx, sides)
}

// recordFormerAdmissions is for objects of a version before there were records, which are not reconciled any more:
// only where they have made something. Who has not needs no record, and gets none by being paused or deleted.
func (p *reconciliation) recordFormerAdmissions(ctx context.Context, sides peering.Sides) error {
	if p.object.Status.PeeringConnectionID == "" {
		return nil
	}
	_, err := p.recordAdmissions(ctx, sides)
	return err
}

// confirms asks AWS whether the identity's account has the VPC, or is shared it by its owner. What was read
// in this sweep costs no call. A read that failed confirms nothing, and the next reconciliation asks again.
func (p *reconciliation) confirms(ctx context.Context, identity *v1alpha1.AWSIdentity, a actor, owner string) (bool, error) {
	read, err := p.Cloud.Reader(object.Credentials(identity), a.Region).Side(ctx, aws.Query{
		Owner: p.owner(), VPC: a.VPC, Kinds: aws.VPCs, NotBefore: p.notBefore(),
	})
	return err == nil && read.VPC != nil && read.VPC.OwnerID == owner, err
}
