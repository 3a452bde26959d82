package peering

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// TagRules writes tags on rules of ours.
type TagRules struct {
	On      Role
	RuleIDs []string
	Tags    map[string]string
}

// Untag removes tags from a connection or rules of ours.
type Untag struct {
	On   Role
	IDs  []string
	Keys []string
	// Given: the rules go to another VPCPeering, which has other tags.
	Given bool
}

// Role implements Action.
func (a TagRules) Role() Role { return a.On }

// Role implements Action.
func (a Untag) Role() Role { return a.On }

func (a TagRules) String() string {
	return fmt.Sprintf("tag %s (%s) as spec.tags says", strings.Join(a.RuleIDs, ", "), a.On)
}

func (a Untag) String() string {
	why := "spec.tags no longer has them"
	if a.Given {
		why = "another VPCPeering gets it"
	}
	return fmt.Sprintf("remove the tags %s from %s (%s), because %s", strings.Join(a.Keys, ", "), strings.Join(a.IDs, ", "), a.On, why)
}

// mostTagKeys are as many as status takes: one more, and the API server refuses every
// write of it.
const mostTagKeys = 100

// TagKeys is what status is to say of the keys of spec.tags that are, or may be, on
// what we made: those of the spec, and of those of before the ones that are left, as far
// as they fit.
func TagKeys(request Request, left []string) []string {
	keys := slices.Sorted(maps.Keys(request.Spec.Tags))
	for _, key := range slices.Sorted(slices.Values(left)) {
		if len(keys) < mostTagKeys && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// KeysLeft are the keys that are seen on something and are to be taken off.
func KeysLeft(tagging []Action) []string {
	var left []string
	for _, action := range tagging {
		if untag, is := action.(Untag); is {
			left = append(left, untag.Keys...)
		}
	}
	return left
}

// dropped are the keys on a thing of ours that we set and that it is not to have any more, as spec.tags
// no longer has them. Only what status says we set is taken off: other tags are somebody else's.
func (r Request) dropped(have, want map[string]string) []string {
	return slices.DeleteFunc(slices.Clone(r.TagKeys), func(key string) bool {
		_, wanted := want[key]
		_, there := have[key]
		return wanted || !there
	})
}

// retag are the actions that make the tags of one side's things follow the spec: tags
// that are missing or have another value, and keys that were dropped. A thing whose
// tags are as they should be costs nothing.
type retag struct {
	on      Role
	tagged  map[string][]string // ids by what they are to have
	wanted  map[string]map[string]string
	dropped byKeys
}

func newRetag(on Role) *retag {
	return &retag{on: on, tagged: map[string][]string{}, wanted: map[string]map[string]string{}, dropped: byKeys{}}
}

// look notes what is to be done about one thing.
func (t *retag) look(request Request, id string, have, want map[string]string) {
	if !containsTags(have, want) {
		name := fmt.Sprint(want)
		t.wanted[name] = want
		t.tagged[name] = append(t.tagged[name], id)
	}
	t.dropped.add(request.dropped(have, want), id)
}

// actions tag by write, which differs between connections and rules, and untag.
func (t *retag) actions(write func(ids []string, tags map[string]string) Action) []Action {
	var actions []Action
	for _, name := range slices.Sorted(maps.Keys(t.tagged)) {
		slices.Sort(t.tagged[name])
		actions = append(actions, write(t.tagged[name], t.wanted[name]))
	}
	for keys, ids := range t.dropped.all() {
		actions = append(actions, Untag{On: t.on, IDs: ids, Keys: keys})
	}
	return actions
}

// planTags makes the tags of both views of our connection follow the spec.
func planTags(request Request, snapshot Snapshot, connection Connection) []Action {
	var actions []Action
	tags := request.connectionTags(snapshot, connection.ID)
	for _, role := range Roles() {
		view := snapshot.At(role).connection(connection.ID)
		if view == nil {
			continue
		}
		views := newRetag(role)
		views.look(request, connection.ID, view.Tags, tags)
		actions = append(actions, views.actions(func(ids []string, tags map[string]string) Action {
			return TagConnection{On: role, ID: ids[0], Tags: tags}
		})...)
	}
	return actions
}

// planRuleTags makes the tags of a side's rules that are ours follow the spec.
func planRuleTags(request Request, snapshot Snapshot, role Role) []Action {
	rules, tags := newRetag(role), request.Tags // a rule of a time before the peer's tag goes without
	for _, rule := range snapshot.At(role).Rules {
		switch {
		case !request.ownsRule(role, rule.Tags):
		case isAdopted(rule.Tags):
			rules.look(request, rule.ID, rule.Tags, request.adopted(tags))
		default:
			rules.look(request, rule.ID, rule.Tags, tags)
		}
	}
	return rules.actions(func(ids []string, tags map[string]string) Action {
		return TagRules{On: role, RuleIDs: ids, Tags: tags}
	})
}

func containsTags(have, want map[string]string) bool {
	for key, value := range want {
		if got, ok := have[key]; !ok || got != value {
			return false
		}
	}
	return true
}
