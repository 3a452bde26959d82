package ec2

import (
	"net/netip"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var prefixListKind = kind{
	name: "prefix-list", prefix: "pl", noun: "prefixList",
	notFound: "InvalidPrefixListID.NotFound", malformed: "InvalidPrefixListId.Malformed",
}

// prefixList is a managed prefix list in store, with all its versions, the current one last.
type prefixList struct {
	id       string
	name     string
	family   string
	most     int32
	state    string
	versions [][]prefixEntry
}

type prefixEntry struct {
	Cidr        string `query:"Cidr,required" xml:"cidr"`
	Description string `query:"Description" xml:"description,omitempty"`
}

func (p prefixList) version() int64 { return int64(len(p.versions)) }

func (p prefixList) entries() []prefixEntry { return p.versions[len(p.versions)-1] }

func (p prefixList) identity() string { return p.id }

func (s *Service) prefixListActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateManagedPrefixList":     wire.Query(s.createPrefixList),
		"ModifyManagedPrefixList":     wire.Query(s.modifyPrefixList),
		"DeleteManagedPrefixList":     wire.Query(s.deletePrefixList),
		"DescribeManagedPrefixLists":  wire.Query(s.describePrefixLists),
		"GetManagedPrefixListEntries": wire.Query(s.getPrefixListEntries),
	}
}

type createPrefixListRequest struct {
	Name              string             `query:"PrefixListName,required"`
	Entries           []prefixEntry      `query:"Entry"`
	MaxEntries        int32              `query:"MaxEntries,required"`
	AddressFamily     string             `query:"AddressFamily,required"`
	ClientToken       string             `query:"ClientToken"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type prefixListResult struct {
	PrefixList prefixListAnswer `xml:"prefixList"`
}

func (s *Service) createPrefixList(c *sim.Call, in *createPrefixListRequest) (*prefixListResult, error) {
	here := s.at(c.Place)
	tags, err := tagsToMake(in.TagSpecifications, "prefix-list")
	if err != nil {
		return nil, err
	}
	if in.AddressFamily != "IPv4" && in.AddressFamily != "IPv6" {
		return nil, sim.Fail("InvalidParameterValue", "Value (%s) for parameter addressFamily is invalid. Expecting IPv4 or IPv6.", in.AddressFamily)
	}
	entries, err := mergeEntries(nil, in.Entries, in.AddressFamily, in.MaxEntries)
	if err != nil {
		return nil, err
	}
	made, err := repeated(here, "CreateManagedPrefixList", in.ClientToken, &here.prefixLists, func() (prefixList, error) {
		made := prefixList{id: c.NewID("pl"), name: in.Name, family: in.AddressFamily, most: in.MaxEntries, state: "create-in-progress", versions: [][]prefixEntry{entries}}
		here.prefixLists.Put(c.Stamp(), made.id, made)
		here.putTags(c, made.id, tags)
		here.prefixListBecomes(c, made.id, "create-in-progress", "create-complete")
		return made, nil
	})
	return &prefixListResult{s.truth(c.Place, c.Now).prefixList(made)}, err
}

func (h *holdings) prefixListBecomes(c *sim.Call, id, from, to string) {
	c.After("prefix-list", from, func(at time.Time) {
		h.prefixLists.Update(c.StampAt(at), id, func(p *prefixList) {
			if p.state == from {
				p.state = to
			}
		})
	})
}

// mergeEntries is the old entries with the new ones put over them, in the order of blocks.
func mergeEntries(old, added []prefixEntry, family string, most int32) ([]prefixEntry, error) {
	merged := slices.Clone(old)
	for _, entry := range added {
		prefix, err := parseFamily("cidr", entry.Cidr, family == "IPv6")
		if err != nil {
			return nil, err
		}
		entry.Cidr = prefix.String()
		merged = append(removeEntry(merged, entry.Cidr), entry)
	}
	slices.SortFunc(merged, func(a, b prefixEntry) int {
		return netip.MustParsePrefix(a.Cidr).Compare(netip.MustParsePrefix(b.Cidr))
	})
	if len(merged) > int(most) {
		return nil, sim.Fail("PrefixListMaxEntriesExceeded", "You've reached the maximum number of entries for the prefix list (%d).", most)
	}
	return merged, nil
}

func removeEntry(entries []prefixEntry, cidr string) []prefixEntry {
	return slices.DeleteFunc(entries, func(e prefixEntry) bool { return e.Cidr == cidr })
}

type modifyPrefixListRequest struct {
	ID             string        `query:"PrefixListId,required"`
	CurrentVersion *int64        `query:"CurrentVersion"`
	Name           string        `query:"PrefixListName"`
	MaxEntries     int32         `query:"MaxEntries"`
	Add            []prefixEntry `query:"AddEntry"`
	Remove         []prefixEntry `query:"RemoveEntry"`
}

func (in *modifyPrefixListRequest) changesEntries() bool { return len(in.Add)+len(in.Remove) > 0 }

func (s *Service) modifyPrefixList(c *sim.Call, in *modifyPrefixListRequest) (*prefixListResult, error) {
	here := s.at(c.Place)
	list, err := find(prefixListKind, &here.prefixLists, in.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case in.changesEntries() && in.CurrentVersion == nil:
		return nil, sim.Fail("MissingParameter", "The request must contain the parameter currentVersion")
	case in.CurrentVersion != nil && *in.CurrentVersion != list.version():
		return nil, sim.Fail("PrefixListVersionMismatch", "The prefix list has the version %d, and not %d.", list.version(), *in.CurrentVersion)
	case list.state == "modify-in-progress":
		return nil, sim.Fail("IncorrectState", "The prefix list %s is in the state %s", list.id, list.state)
	}
	if in.Name != "" {
		list.name = in.Name
	}
	if in.MaxEntries != 0 {
		list.most = in.MaxEntries
	}
	if in.changesEntries() {
		if err := list.change(in); err != nil {
			return nil, err
		}
	}
	list.state = "modify-in-progress"
	here.prefixLists.Put(c.Stamp(), list.id, list)
	here.prefixListBecomes(c, list.id, "modify-in-progress", "modify-complete")
	return &prefixListResult{s.truth(c.Place, c.Now).prefixList(list)}, nil
}

// change adds a version.
func (p *prefixList) change(in *modifyPrefixListRequest) error {
	entries := slices.Clone(p.entries())
	for _, gone := range in.Remove {
		before := len(entries)
		if entries = removeEntry(entries, gone.Cidr); len(entries) == before {
			return sim.Fail("InvalidParameterValue", "The prefix list %s has no entry %s", p.id, gone.Cidr)
		}
	}
	entries, err := mergeEntries(entries, in.Add, p.family, p.most)
	p.versions = append(slices.Clone(p.versions), entries)
	return err
}

type prefixListIDRequest struct {
	ID string `query:"PrefixListId,required"`
}

func (s *Service) deletePrefixList(c *sim.Call, in *prefixListIDRequest) (*prefixListResult, error) {
	here := s.at(c.Place)
	list, err := find(prefixListKind, &here.prefixLists, in.ID)
	if err != nil {
		return nil, err
	}
	for _, table := range here.routeTables.All() {
		if table.static(list.id) >= 0 {
			return nil, sim.Fail("DependencyViolation", "The prefix list %s is used by route table %s", list.id, table.id)
		}
	}
	here.prefixLists.Delete(c.Stamp(), list.id)
	here.tags.Delete(c.Stamp(), list.id)
	list.state = "delete-in-progress"
	return &prefixListResult{s.truth(c.Place, c.Now).prefixList(list)}, nil
}
