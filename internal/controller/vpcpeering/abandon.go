package vpcpeering

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

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
