package vpcpeering

import (
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

const secondParticipant = "555555555555"

// The nodes' group is a second participant's, whom the first one does not see: only the VPC's owner does.
func TestInASharedVPCAGroupOfAnotherParticipantIsNotTakenForNone(t *testing.T) {
	w := newSharedWorld(t)
	us := w.pair.Accepter
	if err := w.cloud.ShareSubnets(awssim.Place{Account: us.Account, Region: us.Region}, secondParticipant, us.Subnets()...); err != nil {
		t.Fatal(err)
	}
	w.makeIdentity("second", secondParticipant)
	config, err := w.accounts.Config(t.Context(), secondParticipant, us.Region)
	if err != nil {
		t.Fatal(err)
	}
	created, err := ec2.NewFromConfig(config).CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{VpcId: &us.VPCID, GroupName: awssdk.String("nodes"), Description: awssdk.String("nodes")})
	if err != nil {
		t.Fatal(err)
	}
	group := *created.GroupId
	cluster := w.makeCluster("us", us, func(c *v1alpha1.PeeredCluster) {
		c.Spec.IdentityRef = &v1alpha1.LocalName{Name: w.identities["second"]}
	})
	w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) {
		status.Network.InterfaceGroups = []v1alpha1.InterfaceGroups{{SecurityGroupIDs: []string{group}}}
	})
	object := w.shared(func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.ClusterRefs = []v1alpha1.LocalName{{Name: cluster.Name}}
		object.Spec.Accepter.SecurityGroups.Groups, object.Spec.Accepter.SecurityGroups.SecurityGroupIDs = v1alpha1.SelectAuto, nil
	})
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonWrongAccount,
		"Security group "+group+" (accepter) belongs to account "+secondParticipant)
	w.wantsMade(made{})
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Accepter.SecurityGroups.IdentityRef = &v1alpha1.LocalName{Name: w.identities["second"]}
	})
	object = w.until(object, func(now *v1alpha1.VPCPeering) bool {
		return meta.IsStatusConditionTrue(now.Status.Conditions, v1alpha1.ConditionSecurityGroupsReady)
	})
	w.remove(object)
	w.wantsShape(nil)
}
