package vpcpeering

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// mostRepairs of the same thing within fightPeriod; more look like a fight.
const mostRepairs = 3

// repairs remembers what was made again, and when. Controllers that own whole
// route tables or groups (ACK's, Terraform's inline blocks) remove what they don't
// know; answering each time would never end. Forgotten on a restart, which costs
// three more repairs.
type repairs struct {
	mu   sync.Mutex
	done map[string][]time.Time
}

// tooMany reports whether one more repair would be one too many.
func (r *repairs) tooMany(what string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.recent(what, now)) >= mostRepairs
}

// note counts one more repair.
func (r *repairs) note(what string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil {
		r.done = map[string][]time.Time{}
	}
	r.done[what] = append(r.recent(what, now), now)
}

func (r *repairs) recent(what string, now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(r.done[what]), func(at time.Time) bool { return now.Sub(at) > fightPeriod })
}

// forget drops what was counted for an owner.
func (r *repairs) forget(owner string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.done, func(what string, _ []time.Time) bool { return strings.HasPrefix(what, owner+": ") })
}

// withoutFought omits repairs that were made too often, and says so; nil: all
// are to be made.
func (p *reconciliation) withoutFought(condition string, actions []peering.Action) (free []peering.Action, fought *verdict.Verdict) {
	if !p.wasInPlace(condition) || p.personWaits() {
		return actions, nil
	}
	return p.countRepairs(actions)
}

// wasInPlace reports whether all that could be seen was as it should be, but for what is fought over. Where one side
// can't be read, the other one's is repaired all the same.
func (p *reconciliation) wasInPlace(condition string) bool {
	before := meta.FindStatusCondition(p.draft.Before.Status.Conditions, condition)
	return before != nil && (before.Status == metav1.ConditionTrue || before.Reason == v1alpha1.ReasonFighting || before.Reason == v1alpha1.ReasonSideUnread)
}

// fightOver says so where the connection was deleted too often: it is requested again
// whenever somebody deletes it, and a request that is deleted before it was accepted
// counts as well. The first request for an object is no repair.
func (p *reconciliation) fightOver(actions []peering.Action) *verdict.Verdict {
	requests := slices.DeleteFunc(slices.Clone(actions), func(action peering.Action) bool {
		_, is := action.(peering.CreateConnection)
		return !is
	})
	if len(requests) == 0 || p.draft.Before.Status.PeeringConnectionID == "" || p.personWaits() {
		return nil
	}
	_, fought := p.countRepairs(requests)
	return fought
}

// countRepairs parts what may be repaired once more from what was repaired too often.
func (p *reconciliation) countRepairs(actions []peering.Action) (free []peering.Action, fought *verdict.Verdict) {
	free, fought = p.notTooOften(actions)
	for _, action := range free {
		p.repairs.note(p.repair(action), p.start)
	}
	return free, fought
}

func (p *reconciliation) repair(action peering.Action) string {
	return p.owner() + ": " + action.String()
}

func (p *reconciliation) notTooOften(actions []peering.Action) (free []peering.Action, fought *verdict.Verdict) {
	var undone []string
	for _, action := range actions {
		if p.repairs.tooMany(p.repair(action), p.start) {
			undone = append(undone, action.String())
		} else {
			free = append(free, action)
		}
	}
	if len(undone) == 0 {
		return free, nil
	}
	judged := p.stalled(v1alpha1.ReasonFighting, fmt.Sprintf("Something keeps undoing what crossvpc does: %s. crossvpc repaired it %d times within an hour. "+
		"Find what else manages it (Terraform or ACK, for example), then change the annotation %s.",
		message.Clauses(unique(undone)), mostRepairs, v1alpha1.AnnotationReconcile))
	return free, &judged
}
