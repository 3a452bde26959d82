package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	instanceSource  = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html"
	interfaceSource = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html"
	image           = "ami-0123456789abcdef0"
)

func init() {
	register(
		check{Name: "a launched instance is pending and then running", Source: instanceSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				got := s.launch(s.subnet(s.vpc(ourBlock), "10.11.1.0/24"))
				same(t, "state", got.State.Name, types.InstanceStateNamePending)
				s.instanceBecomes(*got.InstanceId, types.InstanceStateNameRunning)
			}},
		check{Name: "an instance is in its subnet's VPC and zone and has one primary interface there", Source: modelSource + "Instance; " + interfaceSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				subnet := s.subnet(vpc, "10.11.1.0/24")
				id := *s.launch(subnet).InstanceId
				s.instanceBecomes(id, types.InstanceStateNameRunning)
				got := s.instance(id)
				same(t, "place", []string{aws.ToString(got.VpcId), aws.ToString(got.SubnetId)}, []string{vpc, subnet})
				same(t, "number of interfaces", len(got.NetworkInterfaces), 1)
				first := got.NetworkInterfaces[0]
				same(t, "device", aws.ToInt32(first.Attachment.DeviceIndex), 0)
				same(t, "address", aws.ToString(first.PrivateIpAddress), aws.ToString(got.PrivateIpAddress))
			}},
		check{Name: "a terminated instance is shutting-down, then terminated and its interface is gone", Source: instanceSource + "; " + interfaceSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				id := *s.launch(s.subnet(vpc, "10.11.1.0/24")).InstanceId
				s.instanceBecomes(id, types.InstanceStateNameRunning)
				out, err := s.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}})
				t.ok(err)
				same(t, "state before", out.TerminatingInstances[0].PreviousState.Name, types.InstanceStateNameRunning)
				same(t, "state after", out.TerminatingInstances[0].CurrentState.Name, types.InstanceStateNameShuttingDown)
				s.instanceBecomes(id, types.InstanceStateNameTerminated)
				same(t, "number of interfaces", len(s.interfaces(filter("vpc-id", vpc))), 0)
			}},
		check{Name: "terminating twice succeeds", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html (idempotent)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := *s.launch(s.subnet(s.vpc(ourBlock), "10.11.1.0/24")).InstanceId
				for range 2 {
					_, err := s.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}})
					t.ok(err)
				}
			}},
		check{Name: "a terminated instance is described for about an hour", Source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html", Needs: clock,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := *s.launch(s.subnet(s.vpc(ourBlock), "10.11.1.0/24")).InstanceId
				_, err := s.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}})
				t.ok(err)
				s.instanceBecomes(id, types.InstanceStateNameTerminated)
				target.control.Advance(2 * time.Hour)
				_, err = s.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
				t.refusedWith(err, "InvalidInstanceID.NotFound")
			}},
		check{Name: "describing an unknown instance by id fails", Source: errorsSource + " InvalidInstanceID.NotFound",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{"i-0123456789abcdef0"}})
				t.refusedWith(err, "InvalidInstanceID.NotFound")
			}},
		check{Name: "instances are found by VPC, subnet, state and tag", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				first, second := s.subnet(vpc, "10.11.1.0/24"), s.subnet(vpc, "10.11.2.0/24")
				one := *s.launch(first).InstanceId
				two := *s.launch(second).InstanceId
				s.instanceBecomes(one, types.InstanceStateNameRunning)
				s.instanceBecomes(two, types.InstanceStateNameRunning)
				t.ok(s.tag(two, "role", "node"))
				t.until(target, "the tag", func() bool { return len(s.instanceIDs(filter("tag:role", "node"))) == 1 })
				same(t, "by VPC and state", s.instanceIDs(filter("vpc-id", vpc), filter("instance-state-name", "running")), []string{one, two})
				same(t, "by subnet", s.instanceIDs(filter("subnet-id", first)), []string{one})
				same(t, "by tag", s.instanceIDs(filter("tag:role", "node")), []string{two})
			}},
		check{Name: "launching again with the same client token launches nothing", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Run_Instance_Idempotency.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				subnet := s.subnet(s.vpc(ourBlock), "10.11.1.0/24")
				launch := func() string {
					out, err := s.ec2.RunInstances(t.Context(), &ec2.RunInstancesInput{
						ImageId: aws.String(image), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: &subnet, ClientToken: aws.String("once"),
						InstanceType: types.InstanceTypeM5Large,
					})
					t.ok(err)
					return *out.Instances[0].InstanceId
				}
				same(t, "second id", launch(), launch())
			}},
		check{Name: "a new interface is available and gets the VPC's default group", Source: interfaceSource + "; " + modelSource + "CreateNetworkInterfaceRequest$Groups",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				id := *s.networkInterface(s.subnet(vpc, "10.11.1.0/24")).NetworkInterfaceId
				t.until(target, id+" available", func() bool {
					got := s.interfaces(filter("network-interface-id", id))
					return len(got) == 1 && got[0].Status == types.NetworkInterfaceStatusAvailable
				})
				got := s.interfaces(filter("network-interface-id", id))[0]
				same(t, "number of groups", len(got.Groups), 1)
				same(t, "group", aws.ToString(got.Groups[0].GroupName), "default")
			}},
		check{Name: "an interface attached to an instance is in use and found by the instance", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				subnet := s.subnet(s.vpc(ourBlock), "10.11.1.0/24")
				instance := *s.launch(subnet).InstanceId
				s.instanceBecomes(instance, types.InstanceStateNameRunning)
				id := s.networkInterface(subnet).NetworkInterfaceId
				_, err := s.ec2.AttachNetworkInterface(t.Context(), &ec2.AttachNetworkInterfaceInput{InstanceId: &instance, NetworkInterfaceId: id, DeviceIndex: aws.Int32(1)})
				t.ok(err)
				t.until(target, "two interfaces", func() bool { return len(s.interfaces(filter("attachment.instance-id", instance))) == 2 })
				got := s.interfaces(filter("network-interface-id", *id))[0]
				same(t, "status", got.Status, types.NetworkInterfaceStatusInUse)
				same(t, "device", aws.ToInt32(got.Attachment.DeviceIndex), 1)
				_, err = s.ec2.DeleteNetworkInterface(t.Context(), &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: id})
				t.refusedWith(err, "InvalidParameterValue", "InvalidNetworkInterface.InUse", "OperationNotPermitted")
			}},
		check{Name: "an interface says whose it is: the instance that it is attached to, or none, and its VPC, subnet and groups",
			Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html, API_NetworkInterfaceAttachment.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				subnet, group := s.subnet(vpc, "10.11.1.0/24"), s.group(vpc, "pods")
				instance := *s.launch(subnet).InstanceId
				s.instanceBecomes(instance, types.InstanceStateNameRunning)
				lonely := *s.networkInterface(subnet, group).NetworkInterfaceId
				t.until(target, "the interface that nobody has", func() bool { return len(s.interfaces(filter("network-interface-id", lonely))) == 1 })
				got := s.interfaces(filter("network-interface-id", lonely))[0]
				t.holds(got.Attachment == nil, "an interface that is attached to nothing has an attachment")
				same(t, "VPC", aws.ToString(got.VpcId), vpc)
				same(t, "subnet", aws.ToString(got.SubnetId), subnet)
				same(t, "group", aws.ToString(got.Groups[0].GroupId), group)
				first := s.interfaces(filter("attachment.instance-id", instance))[0]
				same(t, "instance", aws.ToString(first.Attachment.InstanceId), instance)
				same(t, "status", first.Attachment.Status, types.AttachmentStatusAttached)
			}},
		check{Name: "interfaces are asked for by filter, so that one that is gone fails nothing",
			Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html (network-interface-id)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := *s.networkInterface(s.subnet(s.vpc(ourBlock), "10.11.1.0/24")).NetworkInterfaceId
				ids := types.Filter{Name: aws.String("network-interface-id"), Values: []string{id, "eni-0123456789abcdef0"}}
				t.until(target, "the one that exists", func() bool { return len(s.interfaces(ids)) == 1 })
			}},
		check{Name: "an interface takes secondary addresses of its subnet", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignPrivateIpAddresses.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.networkInterface(s.subnet(s.vpc(ourBlock), "10.11.1.0/24")).NetworkInterfaceId
				_, err := s.ec2.AssignPrivateIpAddresses(t.Context(), &ec2.AssignPrivateIpAddressesInput{NetworkInterfaceId: id, SecondaryPrivateIpAddressCount: aws.Int32(3)})
				t.ok(err)
				t.until(target, "four addresses", func() bool {
					return len(s.interfaces(filter("network-interface-id", *id))[0].PrivateIpAddresses) == 4
				})
			}},
		check{Name: "an interface is found by group, subnet and address", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				group, subnet := s.group(vpc, "pods"), s.subnet(vpc, "10.11.1.0/24")
				made := s.networkInterface(subnet, group)
				s.networkInterface(subnet)
				for name, value := range map[string]string{"group-id": group, "addresses.private-ip-address": *made.PrivateIpAddress} {
					found := s.interfaces(filter(name, value))
					same(t, "found by "+name, len(found), 1)
				}
				same(t, "in the subnet", len(s.interfaces(filter("subnet-id", subnet))), 2)
			}},
		check{Name: "a deleted interface is unknown", Source: errorsSource + " InvalidNetworkInterfaceID.NotFound",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.networkInterface(s.subnet(s.vpc(ourBlock), "10.11.1.0/24")).NetworkInterfaceId
				_, err := s.ec2.DeleteNetworkInterface(t.Context(), &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: id})
				t.ok(err)
				_, err = s.ec2.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{*id}})
				t.refusedWith(err, "InvalidNetworkInterfaceID.NotFound")
			}},
		check{Name: "a subnet with an interface cannot be deleted", Source: errorsSource + " DependencyViolation",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				subnet := s.subnet(s.vpc(ourBlock), "10.11.1.0/24")
				s.networkInterface(subnet)
				_, err := s.ec2.DeleteSubnet(t.Context(), &ec2.DeleteSubnetInput{SubnetId: &subnet})
				t.refusedWith(err, "DependencyViolation")
			}},
	)
}

func (s *side) launch(subnet string) types.Instance {
	out, err := s.ec2.RunInstances(s.t.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String(image), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: &subnet, InstanceType: types.InstanceTypeM5Large,
	})
	s.t.ok(err)
	return out.Instances[0]
}

func (s *side) instance(id string) types.Instance {
	out, err := s.ec2.DescribeInstances(s.t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
	s.t.ok(err)
	return out.Reservations[0].Instances[0]
}

func (s *side) instanceBecomes(id string, state types.InstanceStateName) {
	s.t.until(s.target, id+" "+string(state), func() bool { return s.instance(id).State.Name == state })
}

func (s *side) instanceIDs(filters ...types.Filter) []string {
	out, err := s.ec2.DescribeInstances(s.t.Context(), &ec2.DescribeInstancesInput{Filters: filters})
	s.t.ok(err)
	var ids []string
	for _, reservation := range out.Reservations {
		for _, instance := range reservation.Instances {
			ids = append(ids, *instance.InstanceId)
		}
	}
	return ids
}

func (s *side) interfaces(filters ...types.Filter) []types.NetworkInterface {
	out, err := s.ec2.DescribeNetworkInterfaces(s.t.Context(), &ec2.DescribeNetworkInterfacesInput{Filters: filters})
	s.t.ok(err)
	return out.NetworkInterfaces
}
