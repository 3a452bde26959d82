package vpcpeering

import (
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/scene"
)

// ofTerraform makes what people have before they have us, tagged as they tag it, and returns how spec.adopt names it all.
func (w *world) ofTerraform() *v1alpha1.Adoption {
	w.t.Helper()
	adopt := &v1alpha1.Adoption{ConnectionID: w.joinByHand()}
	for _, role := range peering.Roles() {
		network := peering.Pick(role, w.pair.Requester, w.pair.Accepter)
		other := peering.Pick(role, w.pair.Accepter, w.pair.Requester)
		named := peering.Pick(role, &adopt.Requester, &adopt.Accepter)
		w.tagByHand(network, adopt.ConnectionID)
		for _, table := range network.Tables {
			w.connectionRouteByHand(network, table, other.Blocks[0], adopt.ConnectionID)
			named.Routes = append(named.Routes, v1alpha1.AdoptedRoute{RouteTableID: table, Destination: other.Blocks[0]})
		}
		named.SecurityGroupRuleIDs = []string{w.ruleByHand(network, allFrom(other.Blocks[0]))}
		w.tagByHand(network, named.SecurityGroupRuleIDs...)
	}
	w.cloud.ClearJournal()
	return adopt
}

func (w *world) tagByHand(network *scene.Network, ids ...string) {
	w.t.Helper()
	tags := []ec2types.Tag{{Key: awssdk.String("Name"), Value: awssdk.String("eu to us")}, {Key: awssdk.String("made-by"), Value: awssdk.String("terraform")}}
	if _, err := w.ec2(network).CreateTags(w.t.Context(), &ec2.CreateTagsInput{Resources: ids, Tags: tags}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) connectionRouteByHand(network *scene.Network, table, block, connection string) {
	w.t.Helper()
	_, err := w.ec2(network).CreateRoute(w.t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: &block, VpcPeeringConnectionId: &connection})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ruleByHand(network *scene.Network, admits []ec2types.IpPermission) string {
	w.t.Helper()
	group := network.Groups[scene.PodGroup]
	out, err := w.ec2(network).AuthorizeSecurityGroupIngress(w.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: admits})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.SecurityGroupRules[0].SecurityGroupRuleId
}

func adopting(adopt *v1alpha1.Adoption) func(*v1alpha1.VPCPeering) {
	return func(object *v1alpha1.VPCPeering) { object.Spec.Adopt = adopt }
}

// onlyTagged fails when anything but tags was written.
func (w *world) onlyTagged() {
	w.t.Helper()
	for _, call := range w.writes() {
		if !strings.HasPrefix(call, "CreateTags") && !strings.HasPrefix(call, "AssumeRole") {
			w.t.Errorf("more than tags was written: %v", w.writes())
			return
		}
	}
}

func (w *world) forgotten(object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering {
	object = w.forget(object)
	w.restart()
	return object
}

// removeByHand removes what is left of what Terraform made.
func (w *world) removeByHand(adopt *v1alpha1.Adoption) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, role := range peering.Roles() {
		network, named := peering.Pick(role, w.pair.Requester, w.pair.Accepter), peering.Pick(role, adopt.Requester, adopt.Accepter)
		for _, route := range named.Routes {
			_, _ = w.ec2(network).DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: &route.RouteTableID, DestinationCidrBlock: &route.Destination})
		}
		group := network.Groups[scene.PodGroup]
		_, _ = w.ec2(network).RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: named.SecurityGroupRuleIDs})
	}
	_, _ = w.ec2(w.pair.Requester).DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &adopt.ConnectionID})
}
