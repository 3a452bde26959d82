package vpcpeering

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// enforceEncryption has a VPC drop what is not encrypted, peering included; the id is that of its encryption control.
func (w *world) enforceEncryption(network *scene.Network) string {
	w.t.Helper()
	made, err := w.ec2(network).CreateVpcEncryptionControl(w.t.Context(), &ec2.CreateVpcEncryptionControlInput{VpcId: &network.VPCID})
	if err != nil {
		w.t.Fatal(err)
	}
	control := *made.VpcEncryptionControl.VpcEncryptionControlId
	w.modifyEncryption(network, &ec2.ModifyVpcEncryptionControlInput{VpcEncryptionControlId: &control, Mode: ec2types.VpcEncryptionControlModeEnforce})
	return control
}

func (w *world) modifyEncryption(network *scene.Network, change *ec2.ModifyVpcEncryptionControlInput) {
	w.t.Helper()
	if _, err := w.ec2(network).ModifyVpcEncryptionControl(w.t.Context(), change); err != nil {
		w.t.Fatal(err)
	}
	w.clock.toNextSweep()
}

// TestAConnectionThatWasDeletedByHandIsNotMadeAnewWhileAVPCEnforcesEncryption: it was, every time.
func TestAConnectionThatWasDeletedByHandIsNotMadeAnewWhileAVPCEnforcesEncryption(t *testing.T) {
	for name, hinder := range map[string]func(*world, peering.Role){
		"all of it can be read":         func(*world, peering.Role) {},
		"DescribeRouteTables is denied": denied("DescribeRouteTables"),
		"DescribeVpcs is denied":        denied("DescribeVpcs"),
	} {
		for _, of := range peering.Roles() {
			t.Run(string(of)+": "+name, func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				object := w.settle(w.peering("eu-us", nil))
				control := w.enforceEncryption(w.networkOf(of))
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
				w.deleteByHand(object.Status.PeeringConnectionID)
				hinder(w, of)
				for range 2 {
					w.clock.toNextSweep()
					object = w.reconcile(object)
				}
				if asked := w.cloud.Journal(awssim.Query{Action: "CreateVpcPeeringConnection"}); len(asked) != 1 {
					t.Errorf("a connection was requested %d times: %s", len(asked), sentences(object))
				}
				allowed(w, of)
				w.clock.toNextSweep()
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonEncryptionEnforced, "enforces encryption")
				w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonEncryptionEnforced, "No connection is made now.")
				w.modifyEncryption(w.networkOf(of), &ec2.ModifyVpcEncryptionControlInput{VpcEncryptionControlId: &control, VpcPeeringExclusion: ec2types.VpcEncryptionControlExclusionStateInputEnable})
				w.remove(w.settle(object))
				w.wantsShape(nil)
			})
		}
	}
}

func TestAConnectionThatWasDeletedByHandIsNotMadeAnewWhileTheBlocksOverlap(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.clock.toNextSweep()
	object = w.reconcile(object)
	w.deleteByHand(object.Status.PeeringConnectionID)
	overlapping := "10.11.0.0/17"
	added, err := w.ec2(w.pair.Accepter).AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &w.pair.Accepter.VPCID, CidrBlock: &overlapping})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.clock.toNextSweep()
		object = w.reconcile(object)
		w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonOverlappingCIDRs, "No connection is made now. The VPCs overlap: ")
	}
	if asked := w.cloud.Journal(awssim.Query{Action: "CreateVpcPeeringConnection"}); len(asked) != 1 {
		t.Errorf("a connection was requested %d times: %s", len(asked), sentences(object))
	}
	if _, err := w.ec2(w.pair.Accepter).DisassociateVpcCidrBlock(t.Context(), &ec2.DisassociateVpcCidrBlockInput{AssociationId: added.CidrBlockAssociation.AssociationId}); err != nil {
		t.Fatal(err)
	}
	w.clock.toNextSweep()
	w.remove(w.settle(object))
	w.wantsShape(nil)
}
