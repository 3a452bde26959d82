package proof

import (
	"fmt"
	"maps"
	"slices"

	"github.com/crossvpc/crossvpc/internal/message"
)

// Claims are all that the nodes of one cluster say.
type Claims struct {
	Cluster Cluster
	Nodes   []Claim
	// Unread: the cluster was not read yet, so what its nodes say is not known.
	Unread bool
}

// AWS is what AWS says of the instances that are claimed, and of their groups by name. An instance
// that is in no group is missing in Instances; where it is, Placed says if that was asked for.
type AWS struct {
	Instances map[string]Instance
	Groups    map[string]Group
	Placed    map[string]Placement
}

// Nodes says of each node why its instance is not proven to be the node's; a node that is missing in
// the answer is proven, or nothing is known of its instance. What AWS contradicts is dropped first,
// so that a liar cannot disarm its victim. Only of what is left, an instance that two nodes name,
// of this cluster or of two, is nobody's.
func Nodes(own Claims, others []Claims, facts AWS) map[string]Refusal {
	refused := map[string]Refusal{}
	left := map[string][]string{}
	for _, claim := range own.Nodes {
		if refusal, _ := own.Cluster.judge(claim, facts); !refusal.Holds() {
			refused[claim.Node] = refusal
			continue
		}
		left[claim.InstanceID] = append(left[claim.InstanceID], claim.Node)
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		if refusal := nobodys(id, left[id], own.Cluster, others, facts); !refusal.Holds() {
			for _, node := range left[id] {
				refused[node] = refusal
			}
		}
	}
	return refused
}

// judge says why a claim does not hold, and whether anything is known of its instance.
func (c Cluster) judge(claim Claim, facts AWS) (refusal Refusal, known bool) {
	if instance, grouped := facts.Instances[claim.InstanceID]; grouped {
		return c.refuse(claim, instance, facts.Groups[instance.Group]), true
	}
	if placed, asked := facts.Placed[claim.InstanceID]; asked {
		return c.refusePlacement(claim, placed), true
	}
	return Refusal{}, false
}

// nobodys refuses an instance that several nodes name with equal right.
func nobodys(id string, nodes []string, own Cluster, others []Claims, facts AWS) Refusal {
	slices.Sort(nodes)
	if len(nodes) > 1 {
		return foreign("Nodes %s all name instance %s, so it counts as nobody's. Delete the Node objects that are not on it.", message.List(nodes), id)
	}
	if _, known := own.judge(Claim{InstanceID: id}, facts); !known {
		return Refusal{}
	}
	for _, other := range others {
		if other.Unread && other.Cluster.Name == own.Name && other.Cluster.VPC == own.VPC {
			return Refusal{Message: fmt.Sprintf("PeeredCluster %s has the same name %s in the same VPC %s and was not read yet, so instance %s may be claimed there too. Correct spec.clusterName of one of them.",
				other.Cluster.PeeredCluster, own.Name, own.VPC, id)}
		}
		for _, claim := range other.Nodes {
			if claim.InstanceID != id {
				continue
			}
			if refusal, _ := other.Cluster.judge(claim, facts); refusal.Holds() {
				return foreign("Node %s of PeeredCluster %s names instance %s too, so it counts as nobody's. Correct spec.clusterName of one of the PeeredClusters, or delete the wrong Node object.",
					claim.Node, other.Cluster.PeeredCluster, id)
			}
		}
	}
	return Refusal{}
}
