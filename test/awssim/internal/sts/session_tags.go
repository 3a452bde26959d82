package sts

import (
	"maps"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

type sessionTag struct {
	Key   string `query:"Key,required"`
	Value string `query:"Value"`
}

// sessionTags are the tags of a session to make, and which of them go on to sessions after it.
type sessionTags struct {
	all        map[string]string
	transitive []string
}

// sessionTags are those of the request and those that the caller's session passes on, which the request cannot change:
// docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining.
func (in *assumeRoleRequest) sessionTags(by sim.Principal) (sessionTags, error) {
	tags := sessionTags{all: map[string]string{}, transitive: slices.Concat(by.TransitiveTags, in.TransitiveTags)}
	for _, key := range by.TransitiveTags {
		tags.all[key] = by.Tags[key]
	}
	for _, t := range in.Tags {
		if slices.Contains(by.TransitiveTags, t.Key) {
			return tags, sim.Fail("InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		tags.all[t.Key] = t.Value
	}
	for _, key := range in.TransitiveTags {
		if _, given := tags.all[key]; !given {
			return tags, sim.Fail("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.")
		}
	}
	return tags, nil
}

// context are the keys that a request for a session with tags has.
func (t sessionTags) context() iam.Context {
	context := iam.Context{}
	context.Tags("aws:RequestTag", t.all)
	if len(t.all) > 0 {
		context.Set("aws:TagKeys", slices.Sorted(maps.Keys(t.all))...)
	}
	if len(t.transitive) > 0 {
		context.Set("sts:TransitiveTagKeys", t.transitive...)
	}
	return context
}
