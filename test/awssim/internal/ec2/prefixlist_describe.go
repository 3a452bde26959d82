package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type prefixListAnswer struct {
	ID         string         `xml:"prefixListId"`
	ARN        string         `xml:"prefixListArn"`
	Name       string         `xml:"prefixListName"`
	Family     string         `xml:"addressFamily"`
	State      string         `xml:"state"`
	MaxEntries int32          `xml:"maxEntries"`
	Version    int64          `xml:"version"`
	OwnerID    string         `xml:"ownerId"`
	TagSet     wire.List[tag] `xml:"tagSet"`
}

func (v prefixListAnswer) tags() []tag { return v.TagSet.Items }

func (r reader) prefixList(p prefixList) prefixListAnswer {
	return prefixListAnswer{
		p.id, r.place.ARN("ec2", "prefix-list/"+p.id), p.name, p.family, p.state,
		p.most, p.version(), r.place.Account, wire.ListOf(r.tagsOf("prefix-list", p.id)),
	}
}

// prefixListProperties are the filters of API_DescribeManagedPrefixLists.
var prefixListProperties = properties[prefixListAnswer]{
	"owner-id":         func(v prefixListAnswer) []string { return one(v.OwnerID) },
	"prefix-list-id":   func(v prefixListAnswer) []string { return one(v.ID) },
	"prefix-list-name": func(v prefixListAnswer) []string { return one(v.Name) },
}

type describePrefixListsRequest struct {
	IDs     []string `query:"PrefixListId"`
	Filters []filter `query:"Filter"`
	page
}

type describePrefixListsAnswer struct {
	Lists     wire.List[prefixListAnswer] `xml:"prefixListSet"`
	NextToken string                      `xml:"nextToken,omitempty"`
}

func (s *Service) describePrefixLists(c *sim.Call, in *describePrefixListsRequest) (*describePrefixListsAnswer, error) {
	r := s.reader(c)
	found, err := seen(prefixListKind, &r.prefixLists, c.View("prefix-list"), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, r.prefixList, prefixListProperties, in.Filters, in.page, bounds{1, 100},
		func(v prefixListAnswer) string { return v.ID })
	return &describePrefixListsAnswer{wire.ListOf(answers), next}, err
}

type getPrefixListEntriesRequest struct {
	ID            string `query:"PrefixListId,required"`
	TargetVersion *int64 `query:"TargetVersion"`
	page
}

type getPrefixListEntriesAnswer struct {
	Entries   wire.List[prefixEntry] `xml:"entrySet"`
	NextToken string                 `xml:"nextToken,omitempty"`
}

func (s *Service) getPrefixListEntries(c *sim.Call, in *getPrefixListEntriesRequest) (*getPrefixListEntriesAnswer, error) {
	found, err := seen(prefixListKind, &s.at(c.Place).prefixLists, c.View("prefix-list"), []string{in.ID})
	if err != nil {
		return nil, err
	}
	list := found[0]
	version := list.version()
	if in.TargetVersion != nil {
		version = *in.TargetVersion
	}
	if version < 1 || version > list.version() {
		return nil, sim.Fail("InvalidPrefixListVersion.NotFound", "The prefix list %s has no version %d", list.id, version)
	}
	entries, next, err := cutAt(list.versions[version-1], in.page, bounds{1, 100})
	return &getPrefixListEntriesAnswer{wire.ListOf(entries), next}, err
}
