package nodesim

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/test/scene"
)

// instance is what nodesim needs to know of an EC2 instance.
type instance struct {
	id, zone, subnet string
	address          netip.Addr
	kind             string
	group            string
	// nodePool is the Karpenter NodePool that it was launched for.
	nodePool string
	running  bool
	// interfaces are its network interfaces by device index.
	interfaces map[int]networkInterface
}

type networkInterface struct {
	id, subnet, mac string
	address         netip.Addr
	secondary       []netip.Addr
	groups          []string
}

// instances lists the cluster's instances that are not yet gone, by id.
func (s *Sim) instances(ctx context.Context) (map[string]instance, error) {
	pages := ec2.NewDescribeInstancesPaginator(s.ec2, &ec2.DescribeInstancesInput{Filters: []types.Filter{
		{Name: aws.String("tag:" + scene.ClusterTag(s.cluster.Name)), Values: []string{"owned"}},
		{Name: aws.String("instance-state-name"), Values: []string{"pending", "running"}},
	}})
	found := map[string]instance{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the instances of %s: %w", s.cluster.Name, err)
		}
		for _, reservation := range page.Reservations {
			for _, i := range reservation.Instances {
				found[aws.ToString(i.InstanceId)] = instanceOf(i)
			}
		}
	}
	return found, nil
}

func instanceOf(i types.Instance) instance {
	out := instance{
		id: aws.ToString(i.InstanceId), subnet: aws.ToString(i.SubnetId), kind: string(i.InstanceType),
		running: i.State != nil && i.State.Name == types.InstanceStateNameRunning, interfaces: map[int]networkInterface{},
	}
	out.address, _ = netip.ParseAddr(aws.ToString(i.PrivateIpAddress))
	if i.Placement != nil {
		out.zone = aws.ToString(i.Placement.AvailabilityZone)
	}
	for _, tag := range i.Tags {
		switch aws.ToString(tag.Key) {
		case "aws:autoscaling:groupName":
			out.group = aws.ToString(tag.Value)
		case "karpenter.sh/nodepool":
			out.nodePool = aws.ToString(tag.Value)
		}
	}
	for _, n := range i.NetworkInterfaces {
		if n.Attachment != nil {
			out.interfaces[int(aws.ToInt32(n.Attachment.DeviceIndex))] = interfaceOf(n)
		}
	}
	return out
}

func interfaceOf(n types.InstanceNetworkInterface) networkInterface {
	out := networkInterface{id: aws.ToString(n.NetworkInterfaceId), subnet: aws.ToString(n.SubnetId), mac: aws.ToString(n.MacAddress)}
	out.address, _ = netip.ParseAddr(aws.ToString(n.PrivateIpAddress))
	for _, a := range n.PrivateIpAddresses {
		if address, err := netip.ParseAddr(aws.ToString(a.PrivateIpAddress)); err == nil && !aws.ToBool(a.Primary) {
			out.secondary = append(out.secondary, address)
		}
	}
	for _, g := range n.Groups {
		out.groups = append(out.groups, aws.ToString(g.GroupId))
	}
	return out
}

// addInterface gives an instance its second interface, in the pod subnet of its zone, as Cilium's operator does.
func (s *Sim) addInterface(ctx context.Context, i instance) (networkInterface, error) {
	if present, ok := i.interfaces[1]; ok {
		return present, nil
	}
	zone, err := s.zone(i.zone)
	if err != nil {
		return networkInterface{}, err
	}
	made, err := s.ec2.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{
		SubnetId: &zone.Pods.ID, Groups: s.cluster.PodGroups, Description: aws.String("Cilium-CNI (" + i.id + ")"),
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeNetworkInterface, Tags: []types.Tag{
			{Key: aws.String("io.cilium/cilium-managed"), Value: aws.String("true")},
		}}},
	})
	if err != nil {
		return networkInterface{}, fmt.Errorf("interface for pods of %s: %w", i.id, err)
	}
	n := made.NetworkInterface
	_, err = s.ec2.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{
		InstanceId: &i.id, NetworkInterfaceId: n.NetworkInterfaceId, DeviceIndex: aws.Int32(1),
	})
	if err != nil {
		return networkInterface{}, fmt.Errorf("attach %s to %s: %w", aws.ToString(n.NetworkInterfaceId), i.id, err)
	}
	out := networkInterface{id: aws.ToString(n.NetworkInterfaceId), subnet: zone.Pods.ID, mac: aws.ToString(n.MacAddress), groups: s.cluster.PodGroups}
	out.address, _ = netip.ParseAddr(aws.ToString(n.PrivateIpAddress))
	return out, nil
}

// primaryAddresses is how many pods can have an address of a node's first interface: an m5.large takes 10 addresses.
const primaryAddresses = 9

// addAddresses gives an instance's first interface addresses for pods.
func (s *Sim) addAddresses(ctx context.Context, i instance) ([]netip.Addr, error) {
	if s.options.FirstInterface > 0 {
		return nil, nil
	}
	if present := i.interfaces[0].secondary; len(present) > 0 { // of an earlier attempt
		return present, nil
	}
	out, err := s.ec2.AssignPrivateIpAddresses(ctx, &ec2.AssignPrivateIpAddressesInput{
		NetworkInterfaceId: aws.String(i.interfaces[0].id), SecondaryPrivateIpAddressCount: aws.Int32(primaryAddresses),
	})
	if err != nil {
		return nil, fmt.Errorf("addresses for pods on %s: %w", i.interfaces[0].id, err)
	}
	var addresses []netip.Addr
	for _, assigned := range out.AssignedPrivateIpAddresses {
		address, err := netip.ParseAddr(aws.ToString(assigned.PrivateIpAddress))
		if err != nil {
			return nil, fmt.Errorf("addresses for pods on %s: %w", i.interfaces[0].id, err)
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}

// deleteInterface removes what is left of a second interface when its instance is gone, as Cilium's operator does.
func (s *Sim) deleteInterface(ctx context.Context, id string) error {
	if _, err := s.ec2.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: &id}); err != nil {
		return fmt.Errorf("delete interface %s: %w", id, err)
	}
	return nil
}

func (s *Sim) zone(name string) (scene.Zone, error) {
	for _, zone := range s.cluster.Network.Zones {
		if zone.Name == name {
			return zone, nil
		}
	}
	return scene.Zone{}, fmt.Errorf("no subnets in zone %q", name)
}
