package peering

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
)

func recordedRoutes(inventory v1alpha1.SideInventory) map[RouteKey]v1alpha1.InventoryState {
	recorded := map[RouteKey]v1alpha1.InventoryState{}
	for _, entry := range inventory.Routes {
		for _, destination := range entry.Destinations {
			if prefix, err := netip.ParsePrefix(destination); err == nil {
				recorded[RouteKey{entry.RouteTableID, prefix}] = entry.State
			}
		}
	}
	return recorded
}

// stateOf is what the record says of what is there: what AWS only answered is not confirmed.
func stateOf(answered bool) v1alpha1.InventoryState {
	if answered {
		return v1alpha1.InventoryPending
	}
	return v1alpha1.InventoryCreated
}

// wasMade holds for a route that was there: it was seen, or AWS answered that it made it.
func (p *routePlanner) wasMade(key RouteKey) bool {
	state, recorded := p.recorded[key]
	return recorded && (state == v1alpha1.InventoryCreated || p.request.RoutesMade)
}

func (p *routePlanner) inventory() []v1alpha1.InventoryRoutes {
	return groupRoutes(p.keep)
}

// groupRoutes writes one entry for each table and state, sorted.
func groupRoutes(routes map[RouteKey]v1alpha1.InventoryState) []v1alpha1.InventoryRoutes {
	var entries []v1alpha1.InventoryRoutes
	for _, state := range []v1alpha1.InventoryState{v1alpha1.InventoryCreated, v1alpha1.InventoryPending} {
		for _, key := range sortedKeys(routes) {
			if routes[key] != state {
				continue
			}
			last := len(entries) - 1
			if last < 0 || entries[last].RouteTableID != key.Table || entries[last].State != state {
				entries = append(entries, v1alpha1.InventoryRoutes{RouteTableID: key.Table, State: state})
				last++
			}
			entries[last].Destinations = append(entries[last].Destinations, key.Destination.String())
		}
	}
	return entries
}

func sortedKeys(routes map[RouteKey]v1alpha1.InventoryState) []RouteKey {
	keys := make([]RouteKey, 0, len(routes))
	for key := range routes {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b RouteKey) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cidr.Compare(a.Destination, b.Destination))
	})
	return keys
}
