package vpcpeering

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
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

// count is how many there were within fightPeriod.
func (r *repairs) count(what string, now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.recent(what, now))
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

// repairing is what is to be done now.
type repairing struct {
	// free are all actions but those of which there were too many.
	free []peering.Action
	// fought says which are left out; nil: none.
	fought *verdict.Verdict
	// undone are those of free that make again what was there.
	undone map[string]bool
}

// beside is a verdict of the step together with what is fought over: neither hides the other from the person who has to act.
func (r repairing) beside(judged verdict.Verdict) verdict.Verdict {
	if r.fought == nil {
		return judged
	}
	both := *r.fought
	if judged.Progress == verdict.Stalled || judged.Reason == v1alpha1.ReasonAWSError {
		both.Message += " " + judged.Message
	}
	return both
}

// withoutFought omits repairs that were made too often, and says so. A person who asks for another attempt gets as many
// again.
func (p *reconciliation) withoutFought(condition string, actions []peering.Action) repairing {
	todo := repairing{free: actions, undone: map[string]bool{}}
	if p.personWaits() {
		p.repairs.forget(p.owner())
		return todo
	}
	todo.free, todo.fought = p.notTooOften(actions)
	for _, action := range todo.free {
		todo.undone[action.String()] = p.wasInPlace(condition) || peering.WasSeen(p.request.Inventory, action) || p.undoneBefore(action)
	}
	return todo
}

// wasInPlace reports whether all that could be seen was as it should be, but for what is fought over. Where one side
// can't be read, the other one's is repaired all the same.
func (p *reconciliation) wasInPlace(condition string) bool {
	before := meta.FindStatusCondition(p.draft.Before.Status.Conditions, condition)
	return before != nil && (before.Status == metav1.ConditionTrue || before.Reason == v1alpha1.ReasonFighting || before.Reason == v1alpha1.ReasonSideUnread)
}

// undoneBefore holds for what was repaired a while ago and has to be again, also where no read saw it in between: AWS takes
// neither a route nor a rule that is there.
func (p *reconciliation) undoneBefore(action peering.Action) bool {
	switch action.(type) {
	case peering.CreateRoute, peering.AuthorizeRules:
		return p.repairs.count(p.repair(action), p.start) > 0
	default:
		return false
	}
}

// countRepairs counts what AWS took of what makes again what was there. What it refused, or says to be there, was not undone.
func (p *reconciliation) countRepairs(todo repairing, outcomes []aws.Outcome, failed error) {
	refused := refusedBy(failed)
	for i, action := range todo.free {
		if what := action.String(); todo.undone[what] && !refused[what] && !outcomes[i].Stale {
			p.repairs.note(p.repair(action), p.start)
		}
	}
}

// refusedBy are the actions that AWS did not carry out, by what they say.
func refusedBy(failed error) map[string]bool {
	refused := map[string]bool{}
	for _, err := range separate([]error{failed}) {
		if one, is := errors.AsType[*refusedAction](err); is {
			refused[one.action.String()] = true
		}
	}
	return refused
}

// fightOver says so where the connection was deleted too often: it is requested again
// whenever somebody deletes it, and a request that is deleted before it was accepted
// counts as well.
func (p *reconciliation) fightOver(actions []peering.Action) *verdict.Verdict {
	if p.personWaits() {
		p.repairs.forget(p.owner())
		return nil
	}
	_, fought := p.notTooOften(slices.DeleteFunc(slices.Clone(actions), func(action peering.Action) bool { return !isRequest(action) }))
	return fought
}

// countAnotherRequest counts a request that AWS took. The first one for an object is no repair.
func (p *reconciliation) countAnotherRequest(action peering.Action, before string, err error) {
	if err == nil && isRequest(action) && before != "" && !p.personWaits() {
		p.repairs.note(p.repair(action), p.start)
	}
}

func (p *reconciliation) repair(action peering.Action) string {
	return p.owner() + ": " + action.String()
}

func (p *reconciliation) notTooOften(actions []peering.Action) (free []peering.Action, fought *verdict.Verdict) {
	var undone []string
	for _, action := range actions {
		if p.repairs.count(p.repair(action), p.start) >= mostRepairs {
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
