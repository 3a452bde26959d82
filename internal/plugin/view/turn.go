package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// turnOf is where a cluster is among those that renew nodes, and who comes first.
func turnOf(cluster *v1alpha1.PeeredCluster) (Item, bool) {
	rollout := cluster.Status.Rollout
	var before []string
	if rollout != nil && rollout.Preview != nil {
		before = rollout.Preview.WaitsFor
	}
	if rollout == nil || rollout.Turn == nil && len(before) == 0 {
		return Item{}, false
	}
	item := Item{Name: "Turn", State: Working}
	if rollout.Turn != nil {
		item.Reason, item.Since = string(rollout.Turn.State), &rollout.Turn.Since.Time
	}
	switch {
	case item.Reason == string(v1alpha1.TurnRolling) && rollout.Turn.IdleSince != nil:
		item.Message = "It has the turn and cannot start another node now; after a while the turn passes on."
	case item.Reason == string(v1alpha1.TurnRolling):
		item.Message = "It renews nodes now."
	case item.Reason == string(v1alpha1.TurnLapsed):
		item.State, item.Message = Bad, "Its nodes in progress do not get on, and other clusters no longer wait for it."
	default:
		item.Message = "First come: " + strings.Join(before, ", ") + "."
	}
	return item, true
}

// Queue is the order in which the clusters of an installation renew nodes: those that do so now, then those that wait for
// room, longest first, then those that come after others.
func Queue(clusters []v1alpha1.PeeredCluster) Item {
	order := map[v1alpha1.RolloutTurnState]int{v1alpha1.TurnRolling: 1, v1alpha1.TurnQueued: 2, v1alpha1.TurnOrdered: 3, v1alpha1.TurnLapsed: 4}
	var found []v1alpha1.PeeredCluster
	for i := range clusters {
		if rollout := clusters[i].Status.Rollout; rollout != nil && rollout.Turn != nil {
			found = append(found, clusters[i])
		}
	}
	slices.SortFunc(found, func(a, b v1alpha1.PeeredCluster) int {
		x, y := a.Status.Rollout.Turn, b.Status.Rollout.Turn
		if x.State != y.State {
			return order[x.State] - order[y.State]
		}
		if !x.Since.Equal(&y.Since) {
			return x.Since.Compare(y.Since.Time)
		}
		return strings.Compare(a.Name, b.Name)
	})
	item := Item{Name: "Rollouts", State: Good, Message: "No cluster renews nodes or waits for its turn."}
	for i := range found {
		turn, _ := turnOf(&found[i])
		turn.Name = fmt.Sprintf("%s %s", found[i].Name, turn.Reason)
		if counts := found[i].Status.Nodes; counts != nil && counts.Total > 0 {
			turn.Name += fmt.Sprintf(", %d of %d nodes", counts.Current, counts.Total)
		}
		item.Items = append(item.Items, turn)
	}
	if len(item.Items) > 0 {
		item.State, item.Message = Worst(item.Items), ""
	}
	return item
}
