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
	eventRequested = "PeeringRequested"
	eventAdopted   = "Adopted"
	eventRepaired  = "DriftRepaired"
	eventDeleted   = "Deleted"
	eventLeftOver  = "LeftOver"
)

func (p *pass) announcer() object.Announcer {
	return object.Announcer{Recorder: p.Events, Object: p.object}
}

func (p *pass) announceProgress(ctx context.Context, note string) {
	ctrl.LoggerFrom(ctx).Info(note)
	p.announcer().Tell(eventRequested, "Peer", note)
}

// noteRepair tells that something which was in place had to be made again.
func (p *pass) noteRepair(condition string, actions []peering.Action) {
	if !meta.IsStatusConditionTrue(p.draft.Before.Status.Conditions, condition) {
		return
	}
	p.Metrics.Repaired(condition, len(actions))
	said := make([]string, 0, len(actions))
	for _, action := range actions {
		said = append(said, action.String())
	}
	p.announcer().Warn(eventRepaired, "Repair", strings.Join(said, "; "))
}
