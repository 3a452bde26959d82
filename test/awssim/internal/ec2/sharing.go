package ec2

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// share is a subnet that its owner shares with another account, by a resource share of AWS RAM. What each of them sees
// and may do: docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html.
type share struct {
	owner  sim.Place
	subnet string
	with   string
}

// Share lets an account see and use subnets of an owner, in the owner's region. A subnet that the owner does not have is an error.
func (s *Service) Share(owner sim.Place, with string, subnets ...string) error {
	for _, id := range subnets {
		if _, err := find(subnetKind, &s.at(owner).subnets, id); err != nil {
			return err
		}
	}
	for _, id := range subnets {
		s.shares = append(s.shares, share{owner, id, with})
	}
	return nil
}

// Unshare ends the sharing of subnets. What the account has made there stays.
func (s *Service) Unshare(owner sim.Place, with string, subnets ...string) {
	s.shares = slices.DeleteFunc(s.shares, func(one share) bool {
		return one.owner == owner && one.with == with && slices.Contains(subnets, one.subnet)
	})
}

// lent is what one other place shows of a kind.
type lent[T any] struct {
	place sim.Place
	table *sim.Table[T]
	shows func(T) bool
}

// shown is what a call sees of a kind: what its place has, and what others share with it.
type shown[T any] struct {
	own     *sim.Table[T]
	others  []lent[T]
	service *Service
	call    *sim.Call
}

// See implements visible.
func (s shown[T]) See(view sim.View, id string) (T, bool) {
	if value, ok := s.own.See(view, id); ok {
		return value, true
	}
	for _, other := range s.others {
		if value, ok := other.table.See(view, id); ok && other.shows(value) {
			return value, true
		}
	}
	var none T
	return none, false
}

// Seen implements visible.
func (s shown[T]) Seen(view sim.View) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for id, value := range s.own.Seen(view) {
			if !yield(id, value) {
				return
			}
		}
		for _, other := range s.others {
			for id, value := range other.table.Seen(view) {
				if other.shows(value) && !yield(id, value) {
					return
				}
			}
		}
	}
}

// reader is who renders a resource: its owner is named, and its tags are shown to nobody else ("VPC tags and tags for the
// resources within the shared VPC are not shared with the participants").
func (s shown[T]) reader(view sim.View, id string) reader {
	for _, other := range s.others {
		if value, ok := other.table.See(view, id); ok && other.shows(value) {
			return reader{holdings: s.service.at(other.place), service: s.service, place: other.place, view: s.call.View, tagless: true}
		}
	}
	return s.service.reader(s.call)
}

// lenders are the owners that share subnets with the caller, with those subnets.
func (s *Service) lenders(c *sim.Call) map[sim.Place][]string {
	lenders := map[sim.Place][]string{}
	for _, one := range s.shares {
		if one.with == c.Account && one.owner.Region == c.Region {
			lenders[one.owner] = append(lenders[one.owner], one.subnet)
		}
	}
	return lenders
}

// participants are the places that the caller shares subnets with, or did once: what they made stays.
func (s *Service) participants(c *sim.Call) []sim.Place {
	var places []sim.Place
	for place := range s.places {
		if place.Region == c.Region && place.Account != c.Account {
			places = append(places, place)
		}
	}
	return sorted(places)
}

// sorted keeps answers the same from run to run.
func sorted(places []sim.Place) []sim.Place {
	slices.SortFunc(places, func(a, b sim.Place) int { return strings.Compare(a.Account, b.Account) })
	return places
}

func shownOf[T any](s *Service, c *sim.Call, table func(*holdings) *sim.Table[T], shows func(h *holdings, subnets []string, value T) bool) shown[T] {
	all := shown[T]{own: table(s.at(c.Place)), service: s, call: c}
	lenders := s.lenders(c)
	for _, owner := range sorted(slices.Collect(maps.Keys(lenders))) {
		theirs, subnets := s.at(owner), lenders[owner]
		all.others = append(all.others, lent[T]{owner, table(theirs), func(value T) bool { return shows(theirs, subnets, value) }})
	}
	return all
}

func (s *Service) shownVpcs(c *sim.Call) shown[vpc] {
	return shownOf(s, c, func(h *holdings) *sim.Table[vpc] { return &h.vpcs }, func(h *holdings, subnets []string, v vpc) bool {
		return slices.ContainsFunc(subnets, func(id string) bool { return h.vpcOf(id) == v.id })
	})
}

func (s *Service) shownSubnets(c *sim.Call) shown[subnet] {
	return shownOf(s, c, func(h *holdings) *sim.Table[subnet] { return &h.subnets }, func(_ *holdings, subnets []string, v subnet) bool {
		return slices.Contains(subnets, v.id)
	})
}

// shownRouteTables: a participant sees those that its subnets use, the main one where a subnet has none of its own.
func (s *Service) shownRouteTables(c *sim.Call) shown[routeTable] {
	return shownOf(s, c, func(h *holdings) *sim.Table[routeTable] { return &h.routeTables }, func(h *holdings, subnets []string, t routeTable) bool {
		return slices.ContainsFunc(subnets, func(id string) bool { return h.tableOf(id) == t.id })
	})
}

func (s *Service) shownACLs(c *sim.Call) shown[acl] {
	return shownOf(s, c, func(h *holdings) *sim.Table[acl] { return &h.acls }, func(_ *holdings, subnets []string, a acl) bool {
		return slices.ContainsFunc(a.associations, func(one aclAssociation) bool { return slices.Contains(subnets, one.subnet) })
	})
}

// shownGroups: an owner sees the groups that participants made in its VPCs; they see none of the owner's.
func (s *Service) shownGroups(c *sim.Call) shown[group] {
	here := s.at(c.Place)
	all := shown[group]{own: &here.groups, service: s, call: c}
	for _, place := range s.participants(c) {
		all.others = append(all.others, lent[group]{place, &s.at(place).groups, func(g group) bool {
			_, own := here.vpcs.Get(g.vpc)
			return own
		}})
	}
	return all
}

func (h *holdings) vpcOf(subnetID string) string {
	found, _ := h.subnets.Get(subnetID)
	return found.vpc
}

// tableOf is the route table that a subnet uses.
func (h *holdings) tableOf(subnetID string) string {
	vpc, main := h.vpcOf(subnetID), ""
	for _, t := range h.routeTables.All() {
		if slices.ContainsFunc(t.associations, func(a association) bool { return a.subnet == subnetID }) {
			return t.id
		}
		if t.vpc == vpc && t.isMain() {
			main = t.id
		}
	}
	return main
}

// vpcToUse is a VPC that security groups can be made in: one of the place's own, or one of which subnets are shared with it.
func (s *Service) vpcToUse(c *sim.Call, id string) (vpc, error) {
	if found, ok := s.shownVpcs(c).See(sim.Truth(c.Now), id); ok {
		return found, nil
	}
	return find(vpcKind, &s.at(c.Place).vpcs, id)
}

// ownerOf is whose a VPC is that the place sees.
func (s *Service) ownerOf(place sim.Place, vpc string) sim.Place {
	for _, one := range s.shares {
		if one.with == place.Account && one.owner.Region == place.Region && s.at(one.owner).vpcOf(one.subnet) == vpc {
			return one.owner
		}
	}
	return place
}
