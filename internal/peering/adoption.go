package peering

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// adopts reports whether spec.adopt names the connection.
func (r Request) adopts(connection string) bool {
	return r.Spec.Adopt != nil && connection != "" && r.Spec.Adopt.ConnectionID == connection
}

// adoption is what spec.adopt names on a side.
func (r Request) adoption(role Role) v1alpha1.SideAdoption {
	if r.Spec.Adopt == nil {
		return v1alpha1.SideAdoption{}
	}
	return Pick(role, r.Spec.Adopt.Requester, r.Spec.Adopt.Accepter)
}

// namedRoutes are the routes that spec.adopt names on a side, in its order.
func (r Request) namedRoutes(role Role) []RouteKey {
	var keys []RouteKey
	for _, route := range r.adoption(role).Routes {
		if prefix, err := netip.ParsePrefix(route.Destination); err == nil {
			keys = append(keys, RouteKey{route.RouteTableID, prefix})
		}
	}
	return keys
}

// adoptsRoute reports whether spec.adopt names the route.
func (r Request) adoptsRoute(role Role, key RouteKey) bool {
	return slices.Contains(r.namedRoutes(role), key)
}

// isRecorded reports whether status says that the thing was adopted, or was about
// to be.
func (r Request) isRecorded(thing string) bool {
	return r.Inventory != nil && slices.Contains(r.Inventory.Adopted, thing)
}

func (k RouteKey) adoptedAs() string { return k.Table + " " + k.Destination.String() }

// mostAdopted bounds what status records as adopted.
const mostAdopted = 1000

// AdoptedRecord is what status is to say of what was adopted: what it said
// before, and all that spec.adopt names.
func AdoptedRecord(request Request) []string {
	var named []string
	if adopt := request.Spec.Adopt; adopt != nil && adopt.ConnectionID != "" {
		named = append(named, adopt.ConnectionID)
	}
	for _, role := range Roles() {
		for _, key := range request.namedRoutes(role) {
			named = append(named, key.adoptedAs())
		}
		named = append(named, request.adoption(role).SecurityGroupRuleIDs...)
	}
	if request.Inventory != nil {
		for _, before := range request.Inventory.Adopted {
			if !slices.Contains(named, before) {
				named = append(named, before)
			}
		}
	}
	return named[:min(len(named), mostAdopted)]
}

// MayHaveAdopted reports whether anything may carry the tag of what was adopted. Without a record nobody can say.
func MayHaveAdopted(request Request) bool {
	return request.Spec.Adopt != nil || request.Inventory == nil || len(request.Inventory.Adopted) > 0
}

// wasAdopted holds for our connection when somebody else made it: routes to it
// that are not on record may be theirs, also where status was lost.
func (r Request) wasAdopted(snapshot Snapshot, connection string) bool {
	if r.adopts(connection) || r.isRecorded(connection) {
		return true
	}
	return slices.ContainsFunc(Roles(), func(role Role) bool {
		view := snapshot.At(role).connection(connection)
		return view != nil && isAdopted(view.Tags)
	})
}

func isAdopted(tags map[string]string) bool { return tags[v1alpha1.TagAdopted] == "true" }

// connectionTags are the tags of one view of our connection.
func (r Request) connectionTags(snapshot Snapshot, id string) map[string]string {
	if r.wasAdopted(snapshot, id) {
		return r.adopted(r.Tags)
	}
	return r.Tags
}

// adopted are the tags for what somebody else made: it keeps its name, unless
// the user gives one.
func (r Request) adopted(tags map[string]string) map[string]string {
	tags = maps.Clone(tags)
	if tags == nil {
		tags = map[string]string{}
	}
	if _, given := r.Spec.Tags[nameTag]; !given {
		delete(tags, nameTag)
	}
	tags[v1alpha1.TagAdopted] = "true"
	return tags
}

const nameTag = "Name"
