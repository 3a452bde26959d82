package peeredcluster

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// database is an interface of something else in the cluster's VPC, with a group of its own.
type database struct{ eni, subnet, group string }

// addDatabase makes one, on an instance of its own or on none.
func (w *world) addDatabase(onInstance bool) database {
	w.t.Helper()
	made, err := w.ec2.CreateSecurityGroup(w.t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("payments-db"), Description: aws.String("payments"), VpcId: &w.network.VPCID,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	db := database{subnet: w.addSubnet("10.11.251.0/24"), group: *made.GroupId}
	eni, err := w.ec2.CreateNetworkInterface(w.t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: &db.subnet, Groups: []string{db.group}})
	if err != nil {
		w.t.Fatal(err)
	}
	db.eni = *eni.NetworkInterface.NetworkInterfaceId
	if onInstance {
		_, err = w.ec2.AttachNetworkInterface(w.t.Context(), &ec2.AttachNetworkInterfaceInput{
			InstanceId: aws.String(w.runInstance()), NetworkInterfaceId: &db.eni, DeviceIndex: aws.Int32(1),
		})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// forge writes a CiliumNode that reports the interface as one of its own.
func (w *world) forge(name, zone, vpc string, db database) {
	w.t.Helper()
	w.writeCiliumNode(name, map[string]any{"vpc-id": vpc, "availability-zone": zone}, map[string]any{db.eni: map[string]any{
		"id": db.eni, "number": int64(1), "subnet": map[string]any{"id": db.subnet}, "security-groups": []any{db.group},
		"vpc": map[string]any{"id": vpc, "primary-cidr": w.network.Blocks[0]},
	}})
}

// TestWhatEC2ContradictsIsNeitherRoutedToNorOpened: the reported inputs. Everything stays as it was, and a condition names the CiliumNode.
func TestWhatEC2ContradictsIsNeitherRoutedToNorOpened(t *testing.T) {
	for name, c := range map[string]struct {
		forge func(*world)
		says  string
	}{
		"a database on an instance of its own": {
			func(w *world) { w.forge("forged", w.network.Zones[0].Name, w.network.VPCID, w.addDatabase(true)) },
			"CiliumNode forged reports interface eni-",
		},
		"an interface on no instance": {
			func(w *world) { w.forge("forged", w.network.Zones[0].Name, w.network.VPCID, w.addDatabase(false)) },
			"which is attached to no instance",
		},
		"a zone that comes first in the alphabet": {
			func(w *world) { w.forge("forged", "af-south-1a", w.network.VPCID, w.addDatabase(true)) },
			"CiliumNode forged says zone af-south-1a, but the cluster is in region eu-west-1.",
		},
		"another VPC": {
			func(w *world) {
				w.forge("forged", w.network.Zones[0].Name, "vpc-0000000000000000f", w.addDatabase(true))
			},
			"CiliumNode forged says VPC vpc-0000000000000000f, but the cluster is in vpc-",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", nil)
			before := w.ready()
			w.confirmed()
			c.forge(w)
			object := w.reason(v1alpha1.ConditionNetworkConfirmed, v1alpha1.ReasonContradicted, c.says)
			if diff := cmp.Diff(before.Status.Network, object.Status.Network); diff != "" {
				t.Errorf("status.network (-before +after):\n%s", diff)
			}
			if object.Status.Region != before.Status.Region || object.Status.VPCID != before.Status.VPCID {
				t.Errorf("the cluster moved to %s, %s", object.Status.Region, object.Status.VPCID)
			}
			if !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) {
				t.Errorf("not Ready any more:%s", sentences(object))
			}
		})
	}
}

// confirmed reconciles until EC2 has confirmed everything.
func (w *world) confirmed() *v1alpha1.PeeredCluster {
	w.t.Helper()
	return w.reason(v1alpha1.ConditionNetworkConfirmed, v1alpha1.ReasonConfirmed)
}

// TestEC2IsAskedOnceForWhatNodesReportAndThenHourly, so that a cluster at rest costs nothing more.
func TestEC2IsAskedOnceForWhatNodesReportAndThenHourly(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.confirmed()
	asked := func() int {
		return len(w.cloud.Journal(awssim.Query{Action: "DescribeNetworkInterfaces"})) + len(w.cloud.Journal(awssim.Query{Action: "DescribeTags"}))
	}
	before := asked()
	for range 50 {
		w.clock.advance(time.Minute)
		w.reconcile()
	}
	if got := asked() - before; got != 0 {
		t.Errorf("%d calls in 50 minutes at rest", got)
	}
	w.clock.advance(15 * time.Minute)
	w.reconcile()
	if got := asked() - before; got != 2 {
		t.Errorf("%d calls after an hour, want one for interfaces and one for tags", got)
	}
}

// TestWithoutTheRightEverythingGoesOnAsBefore: a role of the version before does not know ec2:DescribeNetworkInterfaces.
func TestWithoutTheRightEverythingGoesOnAsBefore(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	denied := awssim.Fault{Action: "DescribeNetworkInterfaces", Count: -1, Effect: awssim.ErrorAnswer, Code: "UnauthorizedOperation", Status: 403,
		Message: "You are not authorized to perform this operation."}
	id, err := w.cloud.Inject(denied)
	if err != nil {
		t.Fatal(err)
	}
	w.ready()
	object := w.reason(v1alpha1.ConditionNetworkConfirmed, v1alpha1.ReasonPermissionDenied, "ec2:DescribeNetworkInterfaces")
	if got := object.Status.Network; got == nil || len(got.SubnetIDs) != 2 || len(got.InterfaceGroups) != 1 {
		t.Errorf("status.network: %+v", got)
	}
	if found := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionNetworkConfirmed); found.Status != metav1.ConditionUnknown {
		t.Errorf("status %s", found.Status)
	}
	w.cloud.RemoveFault(id)
	w.clock.advance(askAgain)
	w.confirmed()
}

// TestA11WhatNoInterfaceHasAnyMoreLeavesStatusAfterAnHour: the pods' groups are changed, in EC2 and then in what Cilium reports.
func TestA11WhatNoInterfaceHasAnyMoreLeavesStatusAfterAnHour(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.confirmed()
	pods, nodes := w.network.GroupIDs(scene.PodGroup), w.network.GroupIDs(scene.NodeGroup)
	for _, claim := range w.reconciler.claimants.byUID {
		for _, node := range claim.Nodes {
			for _, eni := range w.attached(node.InstanceID) {
				if _, err := w.ec2.ModifyNetworkInterfaceAttribute(t.Context(), &ec2.ModifyNetworkInterfaceAttributeInput{NetworkInterfaceId: eni.NetworkInterfaceId, Groups: nodes}); err != nil {
					t.Fatal(err)
				}
			}
			w.addCiliumNode(node.Node, w.providerID(node.InstanceID))
		}
	}
	object := w.until("the new groups", func(object *v1alpha1.PeeredCluster) bool { return has(object, nodes) })
	if !has(object, pods) {
		t.Error("the former groups left at once")
	}
	w.clock.advance(time.Hour + time.Minute)
	object, _ = w.reconcile()
	if has(object, pods) || !has(object, nodes) {
		t.Errorf("after an hour: %+v", object.Status.Network.InterfaceGroups)
	}
}

func has(object *v1alpha1.PeeredCluster, groups []string) bool {
	return object.Status.Network != nil && slices.ContainsFunc(object.Status.Network.InterfaceGroups, func(set v1alpha1.InterfaceGroups) bool {
		return slices.Equal(set.SecurityGroupIDs, groups)
	})
}
