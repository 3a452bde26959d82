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
		for keys, ids := range rules.all() {
			connections.add(keys, ids...)
		}
		actions = append(actions, disown(role, connections)...)
	}
	return actions
}

// adoptedConnections are ids of connections by the keys of our tags on them.
func adoptedConnections(request Request, snapshot Snapshot, role Role) byKeys {
	found := byKeys{}
	if snapshot.At(role).Unread.Connections {
		return found // what is at hand is the other side's view
	}
	for _, connection := range snapshot.At(role).Connections {
		if request.owns(connection.Tags) && isAdopted(connection.Tags) && !connection.State.Gone() {
			found.add(ownKeys(connection.Tags), connection.ID)
		}
	}
	return found
}

// adoptedRules are ids of group rules by the keys of our tags on them.
func adoptedRules(request Request, snapshot Snapshot, role Role) byKeys {
	found := byKeys{}
	for _, rule := range snapshot.At(role).Rules {
		if request.ownsRule(role, rule.Tags) && isAdopted(rule.Tags) {
			found.add(ownKeys(rule.Tags), rule.ID)
		}
	}
	return found
}

func disown(role Role, adopted byKeys) []Action {
	var actions []Action
	for keys, ids := range adopted.all() {
		actions = append(actions, Disown{On: role, IDs: ids, Keys: keys})
	}
	return actions
}

func ownKeys(tags map[string]string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(tags)), func(key string) bool { return !strings.HasPrefix(key, ownPrefix) })
}
