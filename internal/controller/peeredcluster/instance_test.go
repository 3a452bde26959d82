package peeredcluster

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/test/scene"
)

// runInstance launches an instance in the subnet of nodes.
func (w *world) runInstance() string {
	w.t.Helper()
	made, err := w.ec2.RunInstances(w.t.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String(scene.Image), InstanceType: ec2types.InstanceTypeM5Large, MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		SubnetId: &w.network.Zones[0].Nodes.ID, SecurityGroupIds: w.network.GroupIDs(scene.PodGroup),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return *made.Instances[0].InstanceId
}

// interfacesOf are the two interfaces of an instance; the second is made in the subnet of pods, as Cilium's operator does.
// An instance elsewhere has none that the cluster knows of.
func (w *world) interfacesOf(instance string) []ec2types.NetworkInterface {
	w.t.Helper()
	first := w.attached(instance)
	if len(first) == 0 || *first[0].VpcId != w.network.VPCID {
		return nil
	}
	if len(first) > 1 {
		return first
	}
	made, err := w.ec2.CreateNetworkInterface(w.t.Context(), &ec2.CreateNetworkInterfaceInput{
		SubnetId: &w.network.Zones[0].Pods.ID, Groups: w.network.GroupIDs(scene.PodGroup),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.ec2.AttachNetworkInterface(w.t.Context(), &ec2.AttachNetworkInterfaceInput{
		InstanceId: &instance, NetworkInterfaceId: made.NetworkInterface.NetworkInterfaceId, DeviceIndex: aws.Int32(1),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.attached(instance)
}

func (w *world) attached(instance string) []ec2types.NetworkInterface {
	w.t.Helper()
	out, err := w.ec2.DescribeNetworkInterfaces(w.t.Context(), &ec2.DescribeNetworkInterfacesInput{
		Filters: []ec2types.Filter{{Name: aws.String("attachment.instance-id"), Values: []string{instance}}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(out.NetworkInterfaces, func(a, b ec2types.NetworkInterface) int {
		return int(*a.Attachment.DeviceIndex - *b.Attachment.DeviceIndex)
	})
	return out.NetworkInterfaces
}
