package vpcpeering

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// wasActive reports whether the connection was seen active: nobody can reject it any more, and nothing is asked of AWS.
func (p *reconciliation) wasActive() bool {
	return meta.IsStatusConditionTrue(p.draft.Before.Status.Conditions, v1alpha1.ConditionPeeringActive)
}

// lookForRefusal looks, where nothing else is done, at what became of the request that status names. AWS shows a
// rejected one to its accepter for 2 hours (docs/facts/aws.md#a-connections-life), and what keeps crossvpc from acting
// may take longer: whoever said no meanwhile must not be asked again.
func (p *reconciliation) lookForRefusal(ctx context.Context) {
	if p.request.ConnectionID == "" || p.object.Spec.OnlyPlans() || p.wasActive() {
		return
	}
	// Of what cannot be read, an earlier step says so.
	_ = p.observeEach(ctx, p.notBefore(), aws.Connections, peering.Roles()...)
	p.standIn()
	p.connection = peering.PlanConnection(p.request, p.snapshot)
	p.noteRefusal()
	if reason := p.connection.Reason; reason == v1alpha1.ReasonPeeringRejected || reason == v1alpha1.ReasonPeeringFailed {
		p.verdicts[v1alpha1.ConditionPeeringActive] = p.connection.Verdict
	}
}
