package vpcpeering

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// Reasons of events beside those of conditions.
const (
	eventRequested      = "PeeringRequested"
	eventAdopted        = "Adopted"
	eventRepaired       = "DriftRepaired"
	eventDeleted        = "Deleted"
	eventLeftOver       = "LeftOver"
	eventPlanStarted    = "PlanStarted"
	eventPlanCarriedOut = "PlanCarriedOut"
)

func (p *reconciliation) announcer() object.Announcer {
	return object.Announcer{Recorder: p.Events, Object: p.object}
}

func (p *reconciliation) announceRequest(ctx context.Context, id string) {
	ctrl.LoggerFrom(ctx).Info("Requested VPC peering connection", "connection", id)
	p.announcer().Tell(eventRequested, "Peer", "Requested VPC peering connection "+id+".")
}

// noteRepair tells that something which was in place has to be made again.
func (p *reconciliation) noteRepair(condition string, actions []peering.Action, outcomes []aws.Outcome) {
	if !meta.IsStatusConditionTrue(p.draft.Before.Status.Conditions, condition) {
		return
	}
	repairs := make([]string, 0, len(actions))
	for i, action := range actions {
		if !outcomes[i].Stale { // else it was there, and no read showed it yet
			repairs = append(repairs, action.String())
		}
	}
	if len(repairs) == 0 {
		return
	}
	p.Metrics.Repaired(condition, len(repairs))
	p.announcer().Warn(eventRepaired, "Repair", "Something changed what crossvpc made. Repairing: "+strings.Join(repairs, "; ")+".")
}
