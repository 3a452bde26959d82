package peering

import (
	"fmt"
	"slices"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestTagsFollowTheSpecAndOnlyWhatWeSetIsTakenOff(t *testing.T) {
	const (
		tagConnection = "tag the requester's view of pcx-ours"
		tagOther      = "tag the accepter's view of pcx-ours"
		tagRule       = "tag sgr-1 (requester) as spec.tags says"
	)
	for name, test := range map[string]struct {
		set  map[string]v1alpha1.TagValue // what spec.tags says
		keys []string                     // what status says we set
		have map[string]string            // beside the owner tag, on all
		want []string
		left []string // what status says afterwards
	}{
		"as they should be": {map[string]v1alpha1.TagValue{"team": "a"}, []string{"team"}, map[string]string{"team": "a"}, nil, []string{"team"}},
		"a new key":         {map[string]v1alpha1.TagValue{"team": "a"}, nil, nil, []string{tagConnection, tagOther, tagRule}, []string{"team"}},
		"a new value":       {map[string]v1alpha1.TagValue{"team": "b"}, []string{"team"}, map[string]string{"team": "a"}, []string{tagConnection, tagOther, tagRule}, []string{"team"}},
		"a dropped key": {nil, []string{"team"}, map[string]string{"team": "a", "theirs": "x"}, []string{
			"remove the tags team from pcx-ours (requester), because spec.tags no longer has them", "remove the tags team from pcx-ours (accepter), because spec.tags no longer has them", "remove the tags team from sgr-1 (requester), because spec.tags no longer has them",
		}, []string{"team"}},
		"a dropped key that somebody gave another value": {nil, []string{"team"}, map[string]string{"team": "z"}, []string{
			"remove the tags team from pcx-ours (requester), because spec.tags no longer has them", "remove the tags team from pcx-ours (accepter), because spec.tags no longer has them", "remove the tags team from sgr-1 (requester), because spec.tags no longer has them",
		}, []string{"team"}},
		"a dropped key that is gone": {nil, []string{"team"}, nil, nil, nil},
		"of two dropped keys the one that is gone is forgotten": {nil, []string{"gone", "team"}, map[string]string{"team": "a"}, []string{
			"remove the tags team from pcx-ours (requester), because spec.tags no longer has them", "remove the tags team from pcx-ours (accepter), because spec.tags no longer has them", "remove the tags team from sgr-1 (requester), because spec.tags no longer has them",
		}, []string{"team"}},
		"a key that somebody else set":        {nil, nil, map[string]string{"team": "a"}, nil, nil},
		"one key for another":                 {map[string]v1alpha1.TagValue{"new": "1"}, []string{"old"}, map[string]string{"old": "1"}, []string{tagConnection, "remove the tags old from pcx-ours (requester), because spec.tags no longer has them", tagOther, "remove the tags old from pcx-ours (accepter), because spec.tags no longer has them", tagRule, "remove the tags old from sgr-1 (requester), because spec.tags no longer has them"}, []string{"new", "old"}},
		"a key with spaces and slashes":       {nil, []string{"cost center/unit: 1"}, map[string]string{"cost center/unit: 1": ""}, []string{"remove the tags cost center/unit: 1 from pcx-ours (requester), because spec.tags no longer has them", "remove the tags cost center/unit: 1 from pcx-ours (accepter), because spec.tags no longer has them", "remove the tags cost center/unit: 1 from sgr-1 (requester), because spec.tags no longer has them"}, []string{"cost center/unit: 1"}},
		"a value that becomes empty is a tag": {map[string]v1alpha1.TagValue{"team": ""}, []string{"team"}, nil, []string{tagConnection, tagOther, tagRule}, []string{"team"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.ConnectionID, s.TagKeys, s.Spec.Tags = ourID, test.keys, test.set
			for key, value := range test.set {
				s.Tags[key] = string(value)
			}
			connection, own := ours(StateActive), rule("sgr-1", "10.12.0.0/16")
			for key, value := range test.have {
				connection.Tags[key], own.Tags[key] = value, value
			}
			s.see(connection, Requester, Accepter)
			s.side(Requester).Rules = []SecurityGroupRule{own, rule("sgr-2", "10.12.0.0/16", foreignRule)}
			planned := append(PlanConnection(s.Request, s.Snapshot).Tagging, PlanRules(s.Request, s.Snapshot, Requester).Tagging...)
			expectLines(t, "actions", test.want, lines(planned))
			expectLines(t, "keys on record", test.left, TagKeys(s.Request, KeysLeft(planned)))
		})
	}
}

func TestOfMoreTagKeysThanStatusTakesThoseOfTheSpecAreOnRecord(t *testing.T) {
	s := newScene()
	s.Spec.Tags = map[string]v1alpha1.TagValue{"zone": "1", "zeal": "2"}
	for i := range mostTagKeys {
		s.TagKeys = append(s.TagKeys, fmt.Sprintf("old-%03d", i))
	}
	keys := TagKeys(s.Request, s.TagKeys)
	if len(keys) != mostTagKeys || !slices.Contains(keys, "zone") || !slices.Contains(keys, "zeal") || !slices.IsSorted(keys) {
		t.Errorf("%d keys on record: %v", len(keys), keys)
	}
}

func TestWhatWasAdoptedKeepsItsNameWhenTagsFollowTheSpec(t *testing.T) {
	s := connected()
	s.Tags["Name"] = "crossvpc network/eu-us"
	adopted := rule("sgr-1", "10.12.0.0/16")
	adopted.Tags[v1alpha1.TagAdopted], adopted.Tags["Name"] = "true", "theirs"
	s.side(Requester).Rules = []SecurityGroupRule{adopted}
	expectLines(t, "actions", nil, lines(PlanRules(s.Request, s.Snapshot, Requester).Tagging))
	s.Spec.Tags = map[string]v1alpha1.TagValue{"Name": "mine"}
	s.Tags["Name"] = "mine"
	expectLines(t, "actions", []string{"tag sgr-1 (requester) as spec.tags says"}, lines(PlanRules(s.Request, s.Snapshot, Requester).Tagging))
	// Its former name is not known any more: ours goes, so that it does not stay for ever.
	s.Spec.Tags, s.TagKeys = nil, []string{"Name"}
	s.Tags["Name"], adopted.Tags["Name"] = "crossvpc network/eu-us", "mine"
	expectLines(t, "actions", []string{"remove the tags Name from sgr-1 (requester), because spec.tags no longer has them"}, lines(PlanRules(s.Request, s.Snapshot, Requester).Tagging))
}
