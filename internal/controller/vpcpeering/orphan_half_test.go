package vpcpeering

import (
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestA4OrphanedTheSideThatIsReachedIsGivenBackThoughTheOtherIsNot: neither was, where one did not admit the object any more.
func TestA4OrphanedTheSideThatIsReachedIsGivenBackThoughTheOtherIsNot(t *testing.T) {
	for name, lose := range map[string]func(*world, peering.Role){
		"its AWSIdentity does not admit the namespace": func(w *world, of peering.Role) {
			w.setAllowed(peering.Pick(of, "eu", "us"), func(identity *v1alpha1.AWSIdentity) {
				identity.Spec.AllowedNamespaces, identity.Status.Admissions = v1alpha1.AllowedNamespaces{}, nil
			})
			w.restart()
		},
		"its AWSIdentity is gone":                 lostSides["its AWSIdentity is gone"].lose,
		"its role is gone":                        lostSides["its role is gone"].lose,
		"everything is denied":                    denied("*"),
		"DescribeVpcPeeringConnections is denied": denied("DescribeVpcPeeringConnections"),
	} {
		for _, of := range peering.Roles() {
			t.Run(string(of)+": "+name, func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				adopt := w.ofTerraform()
				object := w.settle(w.peering("eu-us", adopting(adopt)))
				w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.DeletionPolicy = v1alpha1.DeletionOrphan })
				object = w.settle(object)
				lose(w, of)
				w.delete(object)
				w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
				rules := peering.Pick(of, adopt.Accepter, adopt.Requester).SecurityGroupRuleIDs
				if left := w.ownTags(w.networkOf(of.Other()), append(rules, adopt.ConnectionID)...); len(left) > 0 {
					t.Errorf("the %s still has %v:\n%s", of.Other(), left, w.events.all())
				}
				if left := w.ownTags(w.networkOf(of), adopt.ConnectionID); len(left) == 0 || !w.events.has("LeftOver") || !w.events.has(adopt.ConnectionID) {
					t.Errorf("the %s has %v, and the events are:\n%s", of, left, w.events.all())
				}
			})
		}
	}
}

// ownTags are the keys of our tags on things of a side, as "id key".
func (w *world) ownTags(network *scene.Network, ids ...string) []string {
	w.t.Helper()
	out, err := w.ec2(network).DescribeTags(w.t.Context(), &ec2.DescribeTagsInput{Filters: []ec2types.Filter{{Name: awssdk.String("resource-id"), Values: ids}}})
	if err != nil {
		w.t.Fatal(err)
	}
	var found []string
	for _, tag := range out.Tags {
		if strings.HasPrefix(*tag.Key, "networking.crossvpc.io/") {
			found = append(found, *tag.ResourceId+" "+*tag.Key)
		}
	}
	slices.Sort(found)
	return found
}
