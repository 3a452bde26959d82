package firstrun

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// lookBetween asks the manager's own checks and planners what a peering of both sides would meet and do.
func (r *run) lookBetween(ctx context.Context) view.Item {
	root := view.Item{Name: "Between them", State: view.Good}
	if r.hub.seen.network.VPC == nil || r.other.seen.network.VPC == nil {
		root.State, root.Message = view.Unknown, "Both VPCs must be seen first."
		return root
	}
	request := r.request()
	snapshot := peering.Snapshot{Requester: r.hub.seen.network, Accepter: r.other.seen.network}
	for i, role := range peering.Roles() {
		if peering.NeedsSubnets(request, snapshot, role) {
			if err := r.sides()[i].readNetwork(ctx, aws.Subnets, nil); err != nil {
				root.Items = append(root.Items, view.Item{Name: "Subnets", State: view.Unknown, Message: message.Sentence(err.Error())})
			}
			*snapshot.At(role) = r.sides()[i].seen.network
		}
	}
	plan := peering.MakePlan(request, snapshot)
	root.Items = append(root.Items, findings(plan), planned(plan, len(r.record.Steps) > 0))
	for i, s := range r.sides() {
		root.Items = append(root.Items, s.value(r.sides()[1-i]))
	}
	root.State = view.Worst(root.Items)
	return root
}

func (r *run) request() peering.Request {
	spec := v1alpha1.VPCPeeringSpec{AdoptionPolicy: v1alpha1.AdoptNever, ConflictPolicy: v1alpha1.ConflictFail, DeletionPolicy: v1alpha1.DeletionDelete}
	for _, side := range []*v1alpha1.VPCPeeringSide{&spec.Requester, &spec.Accepter} {
		side.Routes.Tables, side.SecurityGroups.Groups = v1alpha1.SelectAuto, v1alpha1.SelectAuto
	}
	request := peering.Request{
		Spec: spec, Owner: r.owner(), Tags: aws.Tags(r.InstallationID, r.Namespace, r.peering(), nil), StillAdmitted: true,
	}
	for i, role := range peering.Roles() {
		s := r.sides()[i]
		*request.Sides.At(role) = peering.Side{Role: role, Account: s.seen.account, Region: s.Region, VPC: s.seen.eks.VPCID, Identity: s.Name}
		*request.Networks.At(role) = []*v1alpha1.ClusterNetwork{s.clusterNetwork()}
		ranges, _ := cidr.ParseAll(s.seen.services) // what is no prefix was said as it is
		*request.Services.At(role) = []peering.Services{{Cluster: s.object, Ranges: ranges}}
	}
	return request
}

// owner is the value of the owner tag of all that is made.
func (r *run) owner() string { return aws.Owner(r.InstallationID, r.Namespace, r.peering()) }

// clusterNetwork is where the cluster says that its nodes and pods are; nil: it did not say.
func (s *side) clusterNetwork() *v1alpha1.ClusterNetwork {
	if s.seen.cluster == nil || len(s.seen.cluster.Footprint.SubnetIDs) == 0 {
		return nil
	}
	network := &v1alpha1.ClusterNetwork{SubnetIDs: s.seen.cluster.Footprint.SubnetIDs}
	for _, set := range s.seen.cluster.Footprint.PodGroupSets() {
		network.InterfaceGroups = append(network.InterfaceGroups, v1alpha1.InterfaceGroups{SecurityGroupIDs: set})
	}
	return network
}

func findings(plan peering.Plan) view.Item {
	item := view.Item{Name: "Overlap, Services, encryption, selection", State: view.Good, Message: "Nothing stands in the way of a peering."}
	for _, finding := range plan.Findings {
		item.Items = append(item.Items, view.Item{Name: finding.Reason, State: view.Bad, Message: finding.Message})
	}
	if len(item.Items) > 0 {
		item.State, item.Message = view.Bad, ""
	}
	return item
}

// planned shows what would be done in AWS. On a second run some of it is done, under a name that these checks do not have.
func planned(plan peering.Plan, again bool) view.Item {
	item := view.Item{Name: "What crossvpc would do in AWS", State: view.Good}
	if again {
		item.Message = "This run was begun before; kubectl crossvpc status says what is there."
		return item
	}
	for _, line := range plan.Status().Actions {
		item.Items = append(item.Items, view.Item{Name: line, State: view.Good})
	}
	return item
}

// value says which native routing CIDR the cluster would get, as far as it can be known before its routes are judged.
func (s *side) value(peer *side) view.Item {
	item := view.Item{Name: "What crossvpc would do in " + s.Cluster, State: view.Unknown, Message: "Cilium was not read."}
	if s.seen.cluster == nil {
		return item
	}
	vpc := s.seen.network.VPC
	decision := cilium.Decide(cilium.Input{
		Facts: s.seen.cluster.Facts, Owner: cilium.Owner{PeeredCluster: s.object},
		VPC:   cilium.VPC{Primary: vpc.Primary, Blocks: vpc.AssociatedBlocks()},
		Peers: []cilium.Peer{{Name: peer.Name, Blocks: peer.seen.network.VPC.AssociatedBlocks()}},
	})
	item.State, item.Message = view.Good, decision.Message
	switch {
	case decision.Kind == cilium.KindPodAddressesNotRoutable:
		item.State = view.Bad
	case decision.CIDR != (netip.Prefix{}) && !decision.SetByOthers:
		item.Message = fmt.Sprintf("Set ipv4-native-routing-cidr to %s, and renew %s, one after the other, each only after you approve. Address space in it that routes reach is judged in the plan.",
			decision.CIDR, message.Count(len(s.seen.cluster.Nodes), "node"))
	}
	return item
}
