package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Peering is the tree of a VPCPeering: its steps, the path, the last probes, and the clusters of both sides by name.
func Peering(peering *v1alpha1.VPCPeering, clusters map[string]*v1alpha1.PeeredCluster) Item {
	of := object{peering.Generation, peering.Status.ObservedGeneration, peering.Status.Conditions}
	item := of.head("VPCPeering " + peering.Namespace + "/" + peering.Name)
	if peering.DeletionTimestamp != nil {
		item.Name += ", under deletion"
	}
	item.Items = append(item.Items, connection(peering))
	for _, kind := range append(v1alpha1.VPCPeeringSteps(), v1alpha1.ConditionConnectivityVerified, v1alpha1.ConditionPathClear) {
		if step, ok := of.step(kind); ok {
			item.Items = append(item.Items, step)
		}
	}
	if probes, ok := probes(peering.Status.Verification); ok {
		item.Items = append(item.Items, probes)
	}
	for _, name := range ClustersOf(peering) {
		item.Items = append(item.Items, clusterOrNone(clusters, name))
	}
	return item
}

// connection is who is joined.
func connection(peering *v1alpha1.VPCPeering) Item {
	item := Item{Name: "Connection", State: Good, Message: sideText(peering.Status.Requester) + " with " + sideText(peering.Status.Accepter) + "."}
	if id := peering.Status.PeeringConnectionID; id != "" {
		item.Name += " " + id
	} else {
		item.State = Working
	}
	return item
}

func sideText(side *v1alpha1.SideStatus) string {
	if side == nil || side.VPCID == "" {
		return "a VPC that is not known yet"
	}
	return fmt.Sprintf("%s in %s of account %s (%s)", side.VPCID, side.Region, side.AccountID, message.List(side.CIDRBlocks))
}

// ClustersOf are the clusters of both sides.
func ClustersOf(peering *v1alpha1.VPCPeering) []string {
	var names []string
	for _, side := range []*v1alpha1.SideStatus{peering.Status.Requester, peering.Status.Accepter} {
		if side != nil {
			names = append(names, side.Clusters...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func clusterOrNone(clusters map[string]*v1alpha1.PeeredCluster, name string) Item {
	if cluster := clusters[name]; cluster != nil {
		return Cluster(cluster)
	}
	return Item{Name: "PeeredCluster " + name, State: Unknown, Message: "It could not be read: it is missing, or you may not get it."}
}

// probes are the last results of the probe pods.
func probes(verification *v1alpha1.VerificationStatus) (Item, bool) {
	if verification == nil || verification.LastRunTime == nil {
		return Item{}, false
	}
	since := verification.LastRunTime.Time
	item := Item{Name: "Last probe", State: Good, Since: &since}
	var failed []string
	for _, result := range verification.Results {
		if !result.Passed {
			failed = append(failed, strings.TrimSuffix(fmt.Sprintf("%s to %s: %s", result.From, result.To, result.Message), "."))
		}
	}
	item.Message = fmt.Sprintf("%d of %d passed.", len(verification.Results)-len(failed), len(verification.Results))
	for _, direction := range verification.Directions {
		item.Items = append(item.Items, directionItem(direction))
	}
	if len(failed) > 0 {
		item.State, item.Message = Bad, item.Message+" "+message.Sentences(failed)
	}
	return item, true
}

// directionItem is what was measured from one cluster to another.
func directionItem(direction v1alpha1.ProbeDirection) Item {
	item := Item{Name: direction.From + " to " + direction.To, State: Good}
	if direction.Passed < direction.Probes {
		item.State = Bad
	}
	said := []string{fmt.Sprintf("%d of %d passed", direction.Passed, direction.Probes)}
	if direction.Attempts > 0 {
		said = append(said, fmt.Sprintf("%d of %d attempts to connect lost a packet", direction.Lost, direction.Attempts))
	}
	if times := direction.ConnectMicroseconds; times != nil {
		said = append(said, fmt.Sprintf("round trip %s (%s to %s)", roundTrip(times.Median), roundTrip(times.Min), roundTrip(times.Max)))
	}
	if direction.LargestPacketBytes > 0 {
		said = append(said, fmt.Sprintf("largest packet %d bytes", direction.LargestPacketBytes))
	}
	item.Message = strings.Join(said, ", ") + "."
	return item
}
