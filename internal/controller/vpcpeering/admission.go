package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Who may write the status of VPCPeerings may write pins, ids and records into it. So what an
// object may do in AWS once nobody admits it any more, and when it is deleted, goes by what was
// recorded while it was admitted, in the status of AWSIdentities.

// admission is what the identity of a side says of the object now, and said.
type admission struct {
	identity *v1alpha1.AWSIdentity
	place    object.Place
	// admitted is true while the identity admits the object to that VPC, recorded when its status
	// says that it did.
	admitted, recorded bool
}

// lookUpAdmission reads what a side's identity says; nil: there is no such identity.
func (p *reconciliation) lookUpAdmission(ctx context.Context, side peering.Side) (*admission, error) {
	return p.lookUpAdmissionOf(ctx, p.object, side)
}

func (p *reconciliation) lookUpAdmissionOf(ctx context.Context, of *v1alpha1.VPCPeering, side peering.Side) (*admission, error) {
	identity, gone, err := p.awsIdentities().Find(ctx, side.Identity, string(side.Role))
	if gone != nil || err != nil {
		return nil, err // that an identity is gone is an answer
	}
	admitted, err := object.Namespaces{Reader: p.Client}.Admit(ctx, identity.Spec.AllowedNamespaces, of.Namespace)
	if err != nil {
		return nil, err
	}
	place := object.Place{Account: v1alpha1.AccountID(side.Account), Region: v1alpha1.Region(side.Region), VPC: v1alpha1.VPCID(side.VPC)}
	return &admission{
		identity: identity, place: place,
		admitted: admitted && object.PermitsVPC(identity, place.VPC),
		recorded: object.WasAdmitted(identity, of.UID, place),
	}, nil
}

// everAdmitted reports whether another object is, or was, admitted to what its status says that it
// resolved to.
func (p *reconciliation) everAdmitted(ctx context.Context, other *v1alpha1.VPCPeering) (bool, error) {
	sides, resolved := pinnedSides(other)
	if !resolved {
		return false, nil
	}
	for _, a := range actors(sides) {
		found, err := p.lookUpAdmissionOf(ctx, other, a.Side)
		if err != nil || found == nil || !found.admitted && !found.recorded {
			return false, err
		}
	}
	return true, nil
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

// findForbidding looks which of the identities that admitted the object lets nothing be left behind.
func (p *reconciliation) findForbidding(ctx context.Context) error {
	admitting, err := p.admittingIdentities(ctx)
	if err != nil {
		return err
	}
	p.wasAdmitted = len(admitting) > 0
	for i := range admitting {
		if !object.PermitsLeaving(&admitting[i]) {
			p.forbidding = admitting[i].Name
		}
	}
	return nil
}

// forced reports whether a person gave up what cannot be removed, and may.
func (p *reconciliation) forced() bool {
	return p.forbidding == "" && p.object.Annotations[v1alpha1.AnnotationForceFinalize] == "true"
}

// forbidden says why nothing may be left behind; empty: it may.
func (p *reconciliation) forbidden() string {
	if p.forbidding == "" {
		return ""
	}
	return fmt.Sprintf("AWSIdentity %s lets nothing be left behind (spec.deletionPolicies).", p.forbidding)
}

// orAbandon is a way out of a deletion that cannot continue, and the other one where that is allowed.
func (p *reconciliation) orAbandon(way string) string {
	if p.forbidding != "" {
		return way + ". " + p.forbidden()
	}
	return fmt.Sprintf("%s, or set the annotation %s: \"true\" to abandon these resources.", way, v1alpha1.AnnotationForceFinalize)
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

// withdrawn adds to a refusal what stays in AWS of an object that was admitted before, and who may
// remove it.
func (p *reconciliation) withdrawn(refused refusal, identity *v1alpha1.AWSIdentity) refusal {
	made := p.made()
	if made == "" {
		return refused
	}
	who := "Whoever deletes this VPCPeering removes it."
	if identity != nil && !object.WasEverAdmitted(identity, p.object.UID) {
		who = "Deleting this VPCPeering removes nothing, because the AWSIdentity's status does not say that it once admitted it."
	}
	refused.Message += fmt.Sprintf(" What was made stays in AWS and is not repaired: %s. %s The owners of the accounts find it by the tag %s=%s.",
		made, who, v1alpha1.TagOwner, aws.Owner(p.InstallationID, p.object.Namespace, p.object.Name))
	return refused
}

// made counts what status says was made; empty: nothing was.
func (p *reconciliation) made() string {
	routes, rules := 0, 0
	for _, role := range peering.Roles() {
		for _, entry := range p.sideInventory(role).Routes {
			routes += len(entry.Destinations)
		}
		rules += len(p.sideInventory(role).SecurityGroupRules)
	}
	var parts []string
	if id := p.object.Status.PeeringConnectionID; id != "" && !p.object.Status.Adopted {
		parts = append(parts, "connection "+id)
	}
	if routes > 0 {
		parts = append(parts, message.Count(routes, "route"))
	}
	if rules > 0 {
		parts = append(parts, message.Count(rules, "group rule"))
	}
	return strings.Join(parts, ", ")
}

// pinnedSides are what status says that the sides resolved to; false: a side never was.
func pinnedSides(of *v1alpha1.VPCPeering) (sides peering.Sides, resolved bool) {
	for _, role := range peering.Roles() {
		pinned := sideStatus(of, role)
		if pinned == nil || pinned.VPCID == "" {
			return peering.Sides{}, false
		}
		*sides.At(role) = pinnedSide(of, role)
	}
	return sides, true
}
