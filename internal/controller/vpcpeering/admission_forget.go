package vpcpeering

import (
	"context"
	"errors"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// admittingIdentities are all that ever admitted the object, whatever its status says.
func (p *reconciliation) admittingIdentities(ctx context.Context) ([]v1alpha1.AWSIdentity, error) {
	var all v1alpha1.AWSIdentityList
	if err := p.List(ctx, &all); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all.Items, func(identity v1alpha1.AWSIdentity) bool { return !object.WasEverAdmitted(&identity, p.object.UID) }), nil
}

// forgetAdmissions is the end of an object.
func (p *reconciliation) forgetAdmissions(ctx context.Context) error {
	admitting, err := p.admittingIdentities(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for i := range admitting {
		errs = append(errs, p.Admissions.Forget(ctx, admitting[i].Name, p.object.UID))
	}
	return errors.Join(errs...)
}

// forgetFormerAdmissions: a side that acts through another identity since a moment ago needs the
// former one no more.
func (p *reconciliation) forgetFormerAdmissions(ctx context.Context, sides peering.Sides) error {
	var acting []string
	for _, a := range actors(sides) {
		acting = append(acting, a.Identity)
	}
	former := slices.Concat(object.PinnedIdentities(p.draft.Before.Status.Requester), object.PinnedIdentities(p.draft.Before.Status.Accepter))
	for _, name := range former {
		if name == "" || slices.Contains(acting, name) {
			continue
		}
		if err := p.Admissions.Forget(ctx, name, p.object.UID); err != nil {
			return err
		}
	}
	return nil
}
