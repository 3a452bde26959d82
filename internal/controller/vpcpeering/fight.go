package vpcpeering

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

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

// note counts one more repair, and reports whether it is one too many.
func (r *repairs) note(what string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	recent := slices.DeleteFunc(r.done[what], func(at time.Time) bool { return now.Sub(at) > fightPeriod })
	if len(recent) >= mostRepairs {
		r.done[what] = recent
		return true
	}
	if r.done == nil {
		r.done = map[string][]time.Time{}
	}
	r.done[what] = append(recent, now)
	return false
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
	before := meta.FindStatusCondition(p.draft.Before.Status.Conditions, condition)
	wasInPlace := before != nil && (before.Status == "True" || before.Reason == v1alpha1.ReasonFighting)
	if !wasInPlace || p.personWaits() {
		return actions, nil
	}
	return p.countRepairs(actions)
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
	var undone []string
	for _, action := range actions {
		if p.repairs.note(p.owner()+": "+action.String(), p.start) {
			undone = append(undone, action.String())
		} else {
			free = append(free, action)
		}
	}
	if len(undone) == 0 {
		return free, nil
	}
	judged := p.stalled(v1alpha1.ReasonFighting, fmt.Sprintf("Something keeps undoing what crossvpc does: %s. crossvpc repaired it %d times within an hour. "+
		"Find what else manages it (Terraform's inline rules, ACK), then change the annotation %s.",
		message.Clauses(unique(undone)), mostRepairs, v1alpha1.AnnotationReconcile))
	return free, &judged
}
