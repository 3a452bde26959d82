package vpcpeering

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// Reasons of events beside those of conditions.
const (
	eventRequested = "PeeringRequested"
	eventRepaired  = "DriftRepaired"
	eventDeleted   = "Deleted"
	eventLeftOver  = "LeftOver"
)

func (p *pass) announceProgress(ctx context.Context, note string) {
	ctrl.LoggerFrom(ctx).Info(note)
	p.Events.Eventf(p.object, nil, corev1.EventTypeNormal, eventRequested, "Peer", "%s", note)
}

func (p *pass) warn(reason, action, note string) {
	p.Events.Eventf(p.object, nil, corev1.EventTypeWarning, reason, action, "%s", message.Note(note))
}

// noteRepair tells that something which was in place had to be made again.
func (p *pass) noteRepair(condition string, actions []peering.Action) {
	if !meta.IsStatusConditionTrue(p.before.Status.Conditions, condition) {
		return
	}
	said := make([]string, 0, len(actions))
	for _, action := range actions {
		said = append(said, action.String())
	}
	p.Events.Eventf(p.object, nil, corev1.EventTypeWarning, eventRepaired, "Repair", "%s", message.Note(strings.Join(said, "; ")))
}
