package ec2

import (
	"iter"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

func (s *Service) tagActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateTags":   wire.Query(s.createTags),
		"DeleteTags":   wire.Query(s.deleteTags),
		"DescribeTags": wire.Query(s.describeTags),
	}
}

// taggable is a kind of resource that can be tagged, and how to know whether one exists.
type taggable struct {
	kind
	exists func(id string) bool
}

func inTable[T any](k kind, table *sim.Table[T]) taggable {
	return taggable{k, func(id string) bool {
		_, ok := table.Get(id)
		return ok
	}}
}

// taggables are the kinds that a call can tag. A connection can be tagged as soon as the caller sees it.
func (s *Service) taggables(c *sim.Call) []taggable {
	here := s.at(c.Place)
	return append(here.tagTables(), taggable{peeringKind, func(id string) bool {
		_, err := s.visiblePeering(c, id)
		return err == nil
	}}, taggable{ruleKind, func(id string) bool {
		_, ok := shownRules{&here.groups}.See(sim.Truth(c.Now), id)
		return ok
	}})
}

func (h *holdings) tagTables() []taggable {
	return []taggable{
		inTable(vpcKind, &h.vpcs), inTable(subnetKind, &h.subnets), inTable(routeTableKind, &h.routeTables),
		inTable(groupKind, &h.groups), inTable(aclKind, &h.acls), inTable(prefixListKind, &h.prefixLists),
		inTable(internetGatewayKind, &h.internetGateways), inTable(vpnGatewayKind, &h.vpnGateways), inTable(natGatewayKind, &h.natGateways),
		inTable(transitGatewayKind, &h.transitGateways), inTable(transitAttachmentKind, &h.transitAttachments),
		inTable(instanceKind, &h.instances), inTable(interfaceKind, &h.interfaces), inTable(launchTemplateKind, &h.launchTemplates),
	}
}

// kindOf finds the kind of an id by its prefix.
func kindOf(kinds []taggable, id string) (taggable, bool) {
	at := slices.IndexFunc(kinds, func(t taggable) bool { return id[:max(strings.LastIndex(id, "-"), 0)] == t.prefix })
	if at < 0 {
		return taggable{}, false
	}
	return kinds[at], true
}

// taggedResources checks that all the resources exist.
func (s *Service) taggedResources(c *sim.Call, ids []string) error {
	kinds := s.taggables(c)
	for _, id := range ids {
		k, known := kindOf(kinds, id)
		switch {
		case !known:
			return sim.Fail("InvalidID", "The ID '%s' is not valid", id)
		case k.check(id) != nil:
			return k.check(id)
		case !k.exists(id):
			return k.missing(id)
		}
	}
	return nil
}

type tagsRequest struct {
	IDs  []string `query:"ResourceId,required"`
	Tags []tag    `query:"Tag,required"`
}

func (s *Service) createTags(c *sim.Call, in *tagsRequest) (*done, error) {
	here := s.at(c.Place)
	if err := s.taggedResources(c, in.IDs); err != nil {
		return nil, err
	}
	merged := map[string][]tag{}
	for _, id := range in.IDs {
		old, _ := here.tags.Get(id)
		tags, err := mergeTags(old, in.Tags)
		if err != nil {
			return nil, err
		}
		merged[id] = tags
	}
	for id, tags := range merged {
		here.tags.Put(c.Stamp(), id, tags)
	}
	return &done{Return: true}, nil
}

type deleteTagsRequest struct {
	IDs  []string     `query:"ResourceId,required"`
	Tags []tagPattern `query:"Tag"`
}

// tagPattern is a tag to delete: without a value, whatever its value; with one, only if it has that.
type tagPattern struct {
	Key   string  `query:"Key,required"`
	Value *string `query:"Value"`
}

func (p tagPattern) fits(t tag) bool {
	return p.Key == t.Key && (p.Value == nil || *p.Value == t.Value)
}

// deleteTags is content with resources that are gone, as AWS is.
func (s *Service) deleteTags(c *sim.Call, in *deleteTagsRequest) (*done, error) {
	here := s.at(c.Place)
	for _, id := range in.IDs {
		old, ok := here.tags.Get(id)
		if !ok {
			continue
		}
		here.tags.Put(c.Stamp(), id, slices.DeleteFunc(slices.Clone(old), func(t tag) bool {
			return len(in.Tags) == 0 || slices.ContainsFunc(in.Tags, func(p tagPattern) bool { return p.fits(t) })
		}))
	}
	return &done{Return: true}, nil
}

type taggedAnswer struct {
	ResourceID   string `xml:"resourceId"`
	ResourceType string `xml:"resourceType"`
	Key          string `xml:"key"`
	Value        string `xml:"value"`
}

func (v taggedAnswer) tags() []tag { return []tag{{v.Key, v.Value}} }

// tagProperties are the filters of API_DescribeTags.
var tagProperties = properties[taggedAnswer]{
	"key":           func(v taggedAnswer) []string { return one(v.Key) },
	"value":         func(v taggedAnswer) []string { return []string{v.Value} },
	"resource-id":   func(v taggedAnswer) []string { return one(v.ResourceID) },
	"resource-type": func(v taggedAnswer) []string { return one(v.ResourceType) },
}

type describeTagsRequest struct {
	Filters []filter `query:"Filter"`
	page
}

type describeTagsAnswer struct {
	Tags      wire.List[taggedAnswer] `xml:"tagSet"`
	NextToken string                  `xml:"nextToken,omitempty"`
}

func (s *Service) describeTags(c *sim.Call, in *describeTagsRequest) (*describeTagsAnswer, error) {
	var found []taggedAnswer
	for answer := range s.allTags(c) {
		found = append(found, answer)
	}
	same := func(v taggedAnswer) taggedAnswer { return v }
	answers, next, err := present(found, same, tagProperties, in.Filters, in.page, bounds{5, 1000},
		func(v taggedAnswer) string { return v.ResourceID + " " + v.Key })
	return &describeTagsAnswer{wire.ListOf(answers), next}, err
}

// allTags are the tags that the caller sees of resources that exist.
func (s *Service) allTags(c *sim.Call) iter.Seq[taggedAnswer] {
	kinds := s.taggables(c)
	return func(yield func(taggedAnswer) bool) {
		for id := range s.at(c.Place).tags.All() {
			k, known := kindOf(kinds, id)
			if !known || !k.exists(id) {
				continue
			}
			for _, t := range s.reader(c).tagsOf(k.name, id) {
				if !yield(taggedAnswer{id, k.name, t.Key, t.Value}) {
					return
				}
			}
		}
	}
}
