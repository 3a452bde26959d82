package peering

import (
	"maps"
	"slices"
	"strings"
)

// ownPrefix begins the keys of the tags that only we write.
const ownPrefix = "networking.crossvpc.io/"

// PlanDisown removes our tags from what we adopted and still own, so that whoever
// gets it next finds it as it was. What we made keeps its tags: an object of the
// same name finds it again by them.
func PlanDisown(request Request, snapshot Snapshot) []Action {
	var actions []Action
	for _, role := range Roles() {
		rules := adoptedRules(request, snapshot, role)
		connections := adoptedConnections(request, snapshot, role)
		if request.Sides.At(role).Shared() { // one identity acts on connections, another one on rules
			actions = append(append(actions, disown(role, connections)...), disown(role, rules)...)
			continue
		}
		for keys, ids := range rules {
			connections[keys] = append(connections[keys], ids...)
		}
		actions = append(actions, disown(role, connections)...)
	}
	return actions
}

// adoptedConnections are ids of connections by the keys of our tags on them.
func adoptedConnections(request Request, snapshot Snapshot, role Role) map[string][]string {
	byKeys := map[string][]string{}
	if snapshot.At(role).Unread.Connections {
		return byKeys // what is at hand is the other side's view
	}
	for _, connection := range snapshot.At(role).Connections {
		if request.owns(connection.Tags) && isAdopted(connection.Tags) && !connection.State.Gone() {
			keys := ownKeys(connection.Tags)
			byKeys[keys] = append(byKeys[keys], connection.ID)
		}
	}
	return byKeys
}

// adoptedRules are ids of group rules by the keys of our tags on them.
func adoptedRules(request Request, snapshot Snapshot, role Role) map[string][]string {
	byKeys := map[string][]string{}
	for _, rule := range snapshot.At(role).Rules {
		if request.ownsRule(role, rule.Tags) && isAdopted(rule.Tags) {
			keys := ownKeys(rule.Tags)
			byKeys[keys] = append(byKeys[keys], rule.ID)
		}
	}
	return byKeys
}

func disown(role Role, byKeys map[string][]string) []Action {
	var actions []Action
	for _, keys := range slices.Sorted(maps.Keys(byKeys)) {
		slices.Sort(byKeys[keys])
		actions = append(actions, Disown{On: role, IDs: byKeys[keys], Keys: strings.Fields(keys)})
	}
	return actions
}

func ownKeys(tags map[string]string) string {
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(tags)), func(key string) bool { return !strings.HasPrefix(key, ownPrefix) })
	return strings.Join(keys, " ")
}
