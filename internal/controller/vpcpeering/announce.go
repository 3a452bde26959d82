package vpcpeering

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"

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
func (p *reconciliation) noteRepair(condition string, actions []peering.Action) {
	if !meta.IsStatusConditionTrue(p.draft.Before.Status.Conditions, condition) {
		return
	}
	p.Metrics.Repaired(condition, len(actions))
	repairs := make([]string, 0, len(actions))
	for _, action := range actions {
		repairs = append(repairs, action.String())
	}
	p.announcer().Warn(eventRepaired, "Repair", "Something changed what crossvpc made. Repairing: "+strings.Join(repairs, "; ")+".")
}
