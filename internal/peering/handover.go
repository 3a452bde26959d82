package peering

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Heir is another VPCPeering that relies on a rule of ours: EC2 takes an identical rule
// once for a group, so that one of two objects that want it has made it.
type Heir struct {
	// Name says whose it becomes, as far as we may know.
	Name string
	// Tags are those that its own rules carry.
	Tags map[string]string
	// Refused is true when AWS did not let us write them.
	Refused bool
}

// HandOverRules gives rules of ours to another VPCPeering that wants them too: they are
// never absent in between.
type HandOverRules struct {
	On      Role
	RuleIDs []string
	To      Heir
}

// Role implements Action.
func (a HandOverRules) Role() Role { return a.On }

func (a HandOverRules) String() string {
	return fmt.Sprintf("hand %s (%s) over to %s, which wants the same", strings.Join(a.RuleIDs, ", "), a.On, a.To.Name)
}

// isShared reports whether a rule that is in place was made by another VPCPeering of
// this installation, which may go before us.
func (r Request) isShared(tags map[string]string) bool {
	owner, installation := tags[v1alpha1.TagOwner], r.Tags[v1alpha1.TagManagedBy]
	return owner != "" && owner != r.Owner && installation != "" && tags[v1alpha1.TagManagedBy] == installation
}

// removal sorts rules of ours that nobody here wants by what becomes of them.
type removal struct {
	revoke map[ruleSet][]string
	heirs  map[string]Heir     // by owner
	give   map[string][]string // by heir
	untag  byKeys              // that are ours and not the heir's
	kept   []string
}

func (r *removal) add(request Request, rule SecurityGroupRule) {
	heir, wanted := request.Heirs[rule.ID]
	switch {
	case !wanted:
		set := ruleSet{rule.GroupID, rule.Egress}
		r.revoke[set] = append(r.revoke[set], rule.ID)
	case heir.Refused:
		r.kept = append(r.kept, fmt.Sprintf("%s in %s, which %s wants too and could not be given", rule.ID, rule.GroupID, heir.Name))
	default:
		owner := heir.Tags[v1alpha1.TagOwner]
		r.heirs[owner] = heir
		r.give[owner] = append(r.give[owner], rule.ID)
		r.untag.add(request.ownKeysOn(rule, heir), rule.ID)
	}
}

// ownKeysOn are the keys of our spec.tags, as it is or was, that a rule has and its heir does not want.
func (r Request) ownKeysOn(rule SecurityGroupRule, heir Heir) []string {
	keys := slices.Concat(slices.Collect(maps.Keys(r.Spec.Tags)), r.TagKeys)
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool {
		_, wanted := heir.Tags[key]
		_, there := rule.Tags[key]
		return wanted || !there
	})
}

func newRemoval() *removal {
	return &removal{revoke: map[ruleSet][]string{}, heirs: map[string]Heir{}, give: map[string][]string{}, untag: byKeys{}}
}

// actions come in this order: our own tags go, the heir gets its rules, and what is revoked is then wanted by nobody.
func (r *removal) actions(role Role) []Action {
	var actions []Action
	for keys, ids := range r.untag.all() {
		actions = append(actions, Untag{On: role, IDs: ids, Keys: keys, Given: true})
	}
	for _, owner := range slices.Sorted(maps.Keys(r.give)) {
		slices.Sort(r.give[owner])
		actions = append(actions, HandOverRules{On: role, RuleIDs: r.give[owner], To: r.heirs[owner]})
	}
	return append(actions, revokes(role, r.revoke)...)
}
