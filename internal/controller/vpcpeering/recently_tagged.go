package vpcpeering

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// recentlyTagged remembers which connections and rules were tagged, and when: until the next
// sweep reads them, every reconciliation would find the tags missing and set them once more.
type recentlyTagged struct {
	mu   sync.Mutex
	last map[taggedView]tagging
	// denied is what AWS said to the owner's last tags that it does not allow, until it takes some or none are missing.
	denied map[string]string
}

type taggedView struct {
	owner, action string
	role          peering.Role
}

// tagging is when tags were set that no read has shown yet.
type tagging struct{ first, last time.Time }

// shown forgets the tags of an owner that a read as old as from since shows in place: it does not want them set.
func (t *recentlyTagged) shown(owner string, wanted []peering.Action, since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.last, func(view taggedView, set tagging) bool {
		return view.owner == owner && set.last.Before(since) &&
			!slices.ContainsFunc(wanted, func(action peering.Action) bool { return viewOf(owner, action) == view })
	})
}

func viewOf(owner string, action peering.Action) taggedView {
	return taggedView{owner, action.String(), action.Role()}
}

// due reports whether what is observed, which may be as old as from since, would show
// tags that we set on the view before; if so it counts as tagged now.
func (t *recentlyTagged) due(view taggedView, since, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	set, found := t.last[view]
	if found && !set.last.Before(since) {
		return false
	}
	if t.last == nil {
		t.last = map[taggedView]tagging{}
	}
	if !t.unshown(view, now) {
		set.first = now
	}
	t.last[view] = tagging{set.first, now}
	return true
}

// note keeps what AWS said to the owner's last tags; empty: they are in place.
func (t *recentlyTagged) note(owner, denied string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.denied, owner)
	if denied == "" {
		return
	}
	if t.denied == nil {
		t.denied = map[string]string{}
	}
	t.denied[owner] = denied
}

func (t *recentlyTagged) deniedTo(owner string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.denied[owner]
}

// late reports whether tags that are set once more now may be there, and not be shown yet.
func (t *recentlyTagged) late(view taggedView, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	set, found := t.last[view]
	return found && set.first.Before(set.last) && t.unshown(view, now)
}

// unshown holds for as long as AWS may not show tags that were set; the caller holds the lock.
func (t *recentlyTagged) unshown(view taggedView, now time.Time) bool {
	set, found := t.last[view]
	return found && now.Sub(set.first) < propagation
}

func (t *recentlyTagged) forget(owner string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.denied, owner)
	maps.DeleteFunc(t.last, func(view taggedView, _ tagging) bool { return view.owner == owner })
}

// followTags is no gate: the tags of the connection's other view serve people and IAM
// policies, and those of spec.tags serve whoever asked for them. Keys are on record
// before they are set, and for as long as one that left the spec is seen. What AWS does
// not allow is said beside the connection, which is in place all the same.
func (p *reconciliation) followTags(ctx context.Context) error {
	err := p.setTags(ctx)
	if denied := p.recentlyTagged.deniedTo(p.owner()); denied != "" {
		judged := p.verdicts[v1alpha1.ConditionPeeringActive]
		judged.Message += " " + denied
		p.verdicts[v1alpha1.ConditionPeeringActive] = judged
	}
	return err
}

func (p *reconciliation) setTags(ctx context.Context) error {
	actions, err := p.planTagging(ctx)
	if err != nil {
		p.announcer().Warn(v1alpha1.ReasonAWSError, "Tag", p.failed("Reading tags", err).Message)
		return nil
	}
	left := peering.KeysLeft(actions)
	if p.sightless() {
		left = p.request.TagKeys
	} else {
		p.recentlyTagged.shown(p.owner(), actions, p.notBefore())
	}
	p.object.Status.TagKeys = peering.TagKeys(p.request, left)
	if len(actions) == 0 {
		p.recentlyTagged.note(p.owner(), "")
	}
	due := slices.DeleteFunc(actions, func(action peering.Action) bool {
		return !p.recentlyTagged.due(viewOf(p.owner(), action), p.notBefore(), p.start)
	})
	if len(due) == 0 {
		return nil
	}
	if err := p.draft.Persist(ctx); err != nil {
		return err
	}
	denied := ""
	if err := p.applyTags(ctx, due); err != nil {
		judged := p.failed("Setting tags", err)
		p.announcer().Warn(v1alpha1.ReasonAWSError, "Tag", judged.Message)
		if judged.Reason == v1alpha1.ReasonPermissionDenied {
			denied = judged.Message
		}
	}
	p.recentlyTagged.note(p.owner(), denied)
	return nil
}

// applyTags sets tags that nobody took off too often. They have no condition that says whether they were in place: what
// AWS took counts, unless it may not show the tags yet, and what it refused does not.
func (p *reconciliation) applyTags(ctx context.Context, tagging []peering.Action) error {
	free := tagging
	if !p.personWaits() {
		var fought *verdict.Verdict
		if free, fought = p.notTooOften(tagging); fought != nil {
			p.announcer().Warn(v1alpha1.ReasonFighting, "Tag", fought.Message)
		}
	}
	failed := p.apply(ctx, free)
	refused := refusedBy(failed)
	for _, action := range free {
		if !p.personWaits() && !refused[action.String()] && !p.recentlyTagged.late(viewOf(p.owner(), action), p.start) {
			p.repairs.note(p.repair(action), p.start)
		}
	}
	return failed
}

// planTagging plans on what is read now where it changes more than the tags of the view
// that was accepted just now.
func (p *reconciliation) planTagging(ctx context.Context) ([]peering.Action, error) {
	actions := p.taggingPlanned()
	if !slices.ContainsFunc(actions, func(action peering.Action) bool {
		_, rules := action.(peering.TagRules)
		return rules || isUntag(action)
	}) {
		return actions, nil
	}
	if err := p.observe(ctx, p.start, aws.Connections|aws.Rules); err != nil {
		return nil, err
	}
	p.planConnection()
	return p.taggingPlanned(), nil
}

func (p *reconciliation) taggingPlanned() []peering.Action {
	rules := p.planRules()
	return slices.Concat(p.connection.Tagging, rules.Requester.Tagging, rules.Accepter.Tagging)
}

func isUntag(action peering.Action) bool {
	_, is := action.(peering.Untag)
	return is
}
