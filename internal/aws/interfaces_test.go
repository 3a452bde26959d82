package aws_test

import (
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestWhoseInterfacesAndSubnetsAre is read as it is proven by: the attachment, the place, the groups and the tags.
func TestWhoseInterfacesAndSubnetsAre(t *testing.T) {
	cloud := awssim.New(awssim.Options{})
	url, err := cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accounts := scene.KeyPerAccount(url)
	network, err := scene.AddNetwork(t.Context(), accounts, scene.CanonicalRequester())
	if err != nil {
		t.Fatal(err)
	}
	config, err := accounts.Config(t.Context(), network.Account, network.Region)
	if err != nil {
		t.Fatal(err)
	}
	client, subnet := ec2.NewFromConfig(config), network.Zones[0].Nodes.ID
	made, err := client.RunInstances(t.Context(), &ec2.RunInstancesInput{
		ImageId: awssdk.String(scene.Image), InstanceType: ec2types.InstanceTypeM5Large, MinCount: awssdk.Int32(1), MaxCount: awssdk.Int32(1),
		SubnetId: &subnet, SecurityGroupIds: network.GroupIDs(scene.NodeGroup),
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeInstance, Tags: []ec2types.Tag{
			{Key: awssdk.String("kubernetes.io/cluster/eu"), Value: awssdk.String("owned")}, {Key: awssdk.String("Name"), Value: awssdk.String("n")},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	lonely, err := client.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: &subnet, Groups: network.GroupIDs(scene.PodGroup)})
	if err != nil {
		t.Fatal(err)
	}
	instance := *made.Instances[0].InstanceId
	first, second := *made.Instances[0].NetworkInterfaces[0].NetworkInterfaceId, *lonely.NetworkInterface.NetworkInterfaceId
	onInstance := aws.Interface{ID: first, VPC: network.VPCID, Subnet: subnet, Groups: network.GroupIDs(scene.NodeGroup), Instance: instance}
	reader := aws.NewClients(config).Reader(aws.Identity{}, network.Region)

	interfaces, err := reader.Interfaces(t.Context(), []string{first, second, "eni-0123456789abcdef0"})
	want := map[string]aws.Interface{first: onInstance, second: {ID: second, VPC: network.VPCID, Subnet: subnet, Groups: network.GroupIDs(scene.PodGroup)}}
	if diff := cmp.Diff(want, interfaces); diff != "" || err != nil {
		t.Errorf("interfaces (-want +got), %v:\n%s", err, diff)
	}
	byInstance, err := reader.FirstInterfaces(t.Context(), []string{instance, "i-0123456789abcdef0"})
	if diff := cmp.Diff(map[string]aws.Interface{instance: onInstance}, byInstance); diff != "" || err != nil {
		t.Errorf("by instance (-want +got), %v:\n%s", err, diff)
	}
	tags, err := reader.InstanceTags(t.Context(), []string{instance, "i-0123456789abcdef0"}, []string{"kubernetes.io/cluster/*", "eks:cluster-name"})
	if diff := cmp.Diff(map[string]map[string]string{instance: {"kubernetes.io/cluster/eu": "owned"}}, tags); diff != "" || err != nil {
		t.Errorf("tags (-want +got), %v:\n%s", err, diff)
	}
	vpcs, err := reader.SubnetVPCs(t.Context(), []string{subnet, "subnet-0123456789abcdef0"})
	if diff := cmp.Diff(map[string]string{subnet: network.VPCID}, vpcs); diff != "" || err != nil {
		t.Errorf("VPCs of subnets (-want +got), %v:\n%s", err, diff)
	}
}
