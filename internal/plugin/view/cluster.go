package view

import (
	"fmt"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Cluster is the tree of a PeeredCluster: its steps, its value, and its nodes as a bar.
func Cluster(cluster *v1alpha1.PeeredCluster) Item {
	of := object{cluster.Generation, cluster.Status.ObservedGeneration, cluster.Status.Conditions}
	item := of.head("PeeredCluster " + cluster.Name)
	if cluster.DeletionTimestamp != nil {
		item.Name += ", under deletion"
	}
	for _, kind := range v1alpha1.PeeredClusterSteps() {
		if step, ok := of.step(kind); ok {
			item.Items = append(item.Items, step)
		}
	}
	if nodes, ok := nodes(cluster); ok {
		item.Items = append(item.Items, nodes)
	}
	return item
}

// nodes is how far the nodes are.
func nodes(cluster *v1alpha1.PeeredCluster) (Item, bool) {
	counts := cluster.Status.Nodes
	if counts == nil || counts.Total == 0 {
		return Item{}, false
	}
	item := Item{Name: "Nodes", Bar: bar(counts), State: Good}
	if counts.Current < counts.Total {
		item.State = Working
	}
	said := []string{fmt.Sprintf("%d of %d use the value", counts.Current, counts.Total)}
	for _, part := range []struct {
		count int32
		what  string
	}{{counts.InProgress, "in progress"}, {counts.Stale, "stale"}, {counts.Blocked, "blocked"}, {counts.Unmanaged, "unmanaged"}} {
		if part.count > 0 {
			said = append(said, fmt.Sprintf("%d %s", part.count, part.what))
		}
	}
	item.Message = strings.Join(said, ", ") + "."
	item.Message += chosen(cluster.Status.Rollout)
	if cluster.Spec.Rollout.Paused {
		item.State, item.Message = AtRest, item.Message+" Paused: spec.rollout.paused is true."
	}
	if rollout := cluster.Status.Rollout; rollout != nil && rollout.Stopped != "" {
		item.State, item.Message = AtRest, item.Message+" Rollouts are stopped: "+message.Clause(rollout.Stopped)+"."
	}
	if turn, ok := turnOf(cluster); ok {
		item.Items = append(item.Items, turn)
	}
	for _, node := range cluster.Status.BlockedNodes {
		item.Items = append(item.Items, Item{Name: node.Name, State: Bad, Reason: node.Reason, Message: node.Message, ofNode: true})
	}
	if len(cluster.Status.BlockedNodes) > 0 {
		item.State = worst(item.State, Bad)
	}
	return item, true
}

// chosen is how nodes are renewed, and why so.
func chosen(rollout *v1alpha1.RolloutStatus) string {
	switch {
	case rollout == nil || rollout.Message == "":
		return ""
	case rollout.Strategy == "":
		return " " + rollout.Message
	default:
		return fmt.Sprintf(" Strategy %s: %s", rollout.Strategy, rollout.Message)
	}
}

// barWidth is how many columns a bar has.
const barWidth = 20

// bar shows how many nodes are current, and how many are in progress.
func bar(counts *v1alpha1.NodeCounts) string {
	current := int(counts.Current) * barWidth / int(counts.Total)
	moving := min(barWidth-current, (int(counts.InProgress)*barWidth+int(counts.Total)-1)/int(counts.Total))
	return strings.Repeat("█", current) + strings.Repeat("▒", moving) + strings.Repeat("░", barWidth-current-moving)
}
