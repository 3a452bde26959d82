package ec2

import (
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// tag is a tag of a resource, on the wire and in store.
type tag struct {
	Key   string `query:"Key,required" xml:"key"`
	Value string `query:"Value" xml:"value"`
}

// tagSpecification says which tags a resource is made with.
type tagSpecification struct {
	ResourceType string `query:"ResourceType"`
	Tags         []tag  `query:"Tag"`
}

// maximumTags is how many tags a resource may have.
const maximumTags = 50

// tagsToMake are the tags that the specifications have for a resource of the kind; specifications
// for any other kind are refused.
func tagsToMake(specifications []tagSpecification, kinds ...string) ([]tag, error) {
	var tags []tag
	for _, specification := range specifications {
		if !slices.Contains(kinds, specification.ResourceType) {
			return nil, sim.Fail("InvalidParameterValue", "'%s' is not a valid taggable resource type for this operation.", specification.ResourceType)
		}
		if specification.ResourceType != kinds[0] {
			continue
		}
		var err error
		if tags, err = mergeTags(tags, specification.Tags); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

// mergeTags is the old tags with the new ones put over them, in the order of keys.
func mergeTags(old, added []tag) ([]tag, error) {
	merged := slices.Clone(old)
	for _, t := range added {
		if err := t.check(); err != nil {
			return nil, err
		}
		merged = slices.DeleteFunc(merged, func(other tag) bool { return other.Key == t.Key })
		merged = append(merged, t)
	}
	slices.SortFunc(merged, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	if len(merged) > maximumTags {
		return nil, sim.Fail("TagLimitExceeded", "You have reached the maximum number of tags on a resource (%d).", maximumTags)
	}
	return merged, nil
}

func (t tag) check() error {
	switch {
	case t.Key == "" || len([]rune(t.Key)) > 127:
		return sim.Fail("InvalidParameterValue", "Tag key exceeds the maximum length of 127 characters or is empty")
	case len([]rune(t.Value)) > 255:
		return sim.Fail("InvalidParameterValue", "Tag value exceeds the maximum length of 255 characters")
	case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
		return sim.Fail("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
	}
	return nil
}

// putTags writes the tags of a resource that the call makes.
func (h *holdings) putTags(c *sim.Call, id string, tags []tag) {
	if len(tags) > 0 {
		h.tags.Put(c.Stamp(), id, tags)
	}
}

// tagsOf are the tags of a resource as the reader sees them.
func (r reader) tagsOf(kind, id string) []tag {
	if r.tagless {
		return nil
	}
	tags, _ := r.holdings.tags.See(r.view(kind+sim.TagsOfKind), id)
	return tags
}
