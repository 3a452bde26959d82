package vpcpeering

import (
	"context"
	"fmt"
	"slices"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// admittedAsPinned looks whether the identities admit the object to what it is pinned to, or said so
// once. An object of a version before there were records is recorded where the admission holds.
func (p *reconciliation) admittedAsPinned(ctx context.Context, sides peering.Sides) error {
	if err := p.recordFormerAdmissions(ctx, sides); err != nil {
		ctrl.LoggerFrom(ctx).Info("Cannot record the admission; the deletion goes by the one that holds now", "error", err.Error())
	}
	p.stillAdmitted = true
	for _, a := range actors(sides) {
		found, err := p.lookUpAdmission(ctx, a.Side)
		if err != nil {
			return err
		}
		if found == nil {
			p.stillAdmitted = false // nobody says so any more; the other side is cleaned by what AWS shows as ours
			continue
		}
		p.stillAdmitted = p.stillAdmitted && found.admitted
		switch {
		case !found.admitted && !found.recorded:
			p.notAdmitting = append(p.notAdmitting, found.identity.Name)
			p.withhold(a)
		case !object.PermitsLeaving(found.identity):
			p.forbidding = found.identity.Name
		}
	}
	p.notAdmitting = unique(p.notAdmitting)
	return nil
}

// withhold lets nobody act through an identity that does not admit the object: of the rest its actor
// is away, as one whose identity is gone.
func (p *reconciliation) withhold(a actor) {
	*p.credentials(a) = aws.Identity{}
	*p.awayOf(a) = p.unproven([]string{a.Identity}) + " Its owner can admit the namespace until this VPCPeering is gone."
}

// unproven says why nothing is done through identities.
func (p *reconciliation) unproven(identities []string) string {
	return fmt.Sprintf("AWSIdentity %s does not admit namespace %s, and its status does not say that it once admitted this VPCPeering.",
		message.List(identities), p.object.Namespace)
}

// nobodyAdmits reports whether there is no identity left to act through, and one that is there does not
// admit the object.
func (p *reconciliation) nobodyAdmits(sides peering.Sides) bool {
	return len(p.notAdmitting) > 0 && !slices.ContainsFunc(actors(sides), func(a actor) bool { return *p.awayOf(a) == "" })
}

// withoutAdmission: nothing is removed where no identity admits the object or says that it did. Of what
// status says, nothing is proven then.
func (p *reconciliation) withoutAdmission(force bool) verdict.Verdict {
	if force {
		return p.leftOver(p.recorded())
	}
	return p.stalled(v1alpha1.ReasonCleanupBlocked, fmt.Sprintf(
		"Nothing is removed from AWS: %s %s %s", p.unproven(p.notAdmitting), stillToDo(p.recorded()),
		p.orAbandon("Its owner can admit the namespace until this VPCPeering is gone")))
}
