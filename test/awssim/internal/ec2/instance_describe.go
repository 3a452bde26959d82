package ec2

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type placementAnswer struct {
	AvailabilityZone string `xml:"availabilityZone"`
	GroupName        string `xml:"groupName"`
	Tenancy          string `xml:"tenancy"`
}

type monitoringAnswer struct {
	State string `xml:"state"`
}

type stateReasonAnswer struct {
	Code    string `xml:"code"`
	Message string `xml:"message"`
}

type profileAnswer struct {
	Arn string `xml:"arn"`
	ID  string `xml:"id"`
}

type instanceInterfaceAnswer struct {
	ID               string                          `xml:"networkInterfaceId"`
	SubnetID         string                          `xml:"subnetId"`
	VpcID            string                          `xml:"vpcId"`
	Description      string                          `xml:"description"`
	OwnerID          string                          `xml:"ownerId"`
	Status           string                          `xml:"status"`
	MacAddress       string                          `xml:"macAddress"`
	PrivateIPAddress string                          `xml:"privateIpAddress"`
	SourceDestCheck  bool                            `xml:"sourceDestCheck"`
	InterfaceType    string                          `xml:"interfaceType"`
	Groups           wire.List[groupIdentifier]      `xml:"groupSet"`
	Attachment       instanceAttachmentAnswer        `xml:"attachment"`
	Addresses        wire.List[privateAddressAnswer] `xml:"privateIpAddressesSet"`
}

type instanceAttachmentAnswer struct {
	ID                  string `xml:"attachmentId"`
	Device              int32  `xml:"deviceIndex"`
	Status              string `xml:"status"`
	AttachTime          string `xml:"attachTime"`
	DeleteOnTermination bool   `xml:"deleteOnTermination"`
}

type instanceAnswer struct {
	reservation      string
	ID               string                             `xml:"instanceId"`
	ImageID          string                             `xml:"imageId"`
	State            stateAnswer                        `xml:"instanceState"`
	PrivateDNSName   string                             `xml:"privateDnsName"`
	DNSName          string                             `xml:"dnsName"`
	KeyName          string                             `xml:"keyName,omitempty"`
	LaunchIndex      int                                `xml:"amiLaunchIndex"`
	InstanceType     string                             `xml:"instanceType"`
	LaunchTime       string                             `xml:"launchTime"`
	Placement        placementAnswer                    `xml:"placement"`
	Monitoring       monitoringAnswer                   `xml:"monitoring"`
	SubnetID         string                             `xml:"subnetId,omitempty"`
	VpcID            string                             `xml:"vpcId,omitempty"`
	PrivateIPAddress string                             `xml:"privateIpAddress,omitempty"`
	SourceDestCheck  bool                               `xml:"sourceDestCheck"`
	Groups           wire.List[groupIdentifier]         `xml:"groupSet"`
	StateReason      *stateReasonAnswer                 `xml:"stateReason"`
	Architecture     string                             `xml:"architecture"`
	RootDeviceType   string                             `xml:"rootDeviceType"`
	Virtualization   string                             `xml:"virtualizationType"`
	ClientToken      string                             `xml:"clientToken"`
	Hypervisor       string                             `xml:"hypervisor"`
	Interfaces       wire.List[instanceInterfaceAnswer] `xml:"networkInterfaceSet"`
	Profile          *profileAnswer                     `xml:"iamInstanceProfile"`
	TagSet           wire.List[tag]                     `xml:"tagSet"`
}

func (v instanceAnswer) tags() []tag { return v.TagSet.Items }

// allInstances goes through the interfaces once and renders any number of instances.
func (r reader) allInstances() func(instance) instanceAnswer {
	attached := map[string][]networkInterface{}
	for _, i := range r.interfaces.Seen(r.view(interfaceType)) {
		if i.attachment != nil {
			attached[i.attachment.instance] = append(attached[i.attachment.instance], i)
		}
	}
	return func(i instance) instanceAnswer { return r.instanceWith(i, attached[i.id]) }
}

func (r reader) instanceWith(i instance, attached []networkInterface) instanceAnswer {
	answer := instanceAnswer{
		reservation: i.reservation, ID: i.id, ImageID: i.ImageID, State: stateOf(i.state), KeyName: i.KeyName,
		InstanceType: i.InstanceType, LaunchTime: i.launched.Format(time.RFC3339),
		Placement: placementAnswer{AvailabilityZone: i.zone.name, Tenancy: "default"}, Monitoring: monitoringAnswer{"disabled"},
		SourceDestCheck: true, Architecture: "x86_64", RootDeviceType: "ebs", Virtualization: "hvm", Hypervisor: "xen",
		ClientToken: i.token, Profile: r.profile(i.Profile), TagSet: wire.ListOf(r.tagsOf(instanceType, i.id)),
	}
	if i.reason != "" {
		answer.StateReason = &stateReasonAnswer{"Client.UserInitiatedShutdown", i.reason}
	}
	if i.state == instanceTerminated {
		return answer
	}
	answer.SubnetID, answer.VpcID = i.subnet, i.vpc
	answer.Interfaces = r.attachedInterfaces(attached)
	if len(answer.Interfaces.Items) > 0 {
		first := answer.Interfaces.Items[0]
		answer.PrivateIPAddress, answer.Groups = first.PrivateIPAddress, first.Groups
		answer.PrivateDNSName = first.Addresses.Items[0].DNSName
	}
	return answer
}

// attachedInterfaces renders the interfaces of an instance, by device.
func (r reader) attachedInterfaces(attached []networkInterface) wire.List[instanceInterfaceAnswer] {
	var found []instanceInterfaceAnswer
	for _, each := range attached {
		i := r.networkInterface(each)
		found = append(found, instanceInterfaceAnswer{
			i.ID, i.SubnetID, i.VpcID, i.Description, i.OwnerID, i.Status, i.MacAddress, i.PrivateIPAddress, i.SourceDestCheck,
			i.InterfaceType, i.Groups,
			instanceAttachmentAnswer{i.Attachment.ID, i.Attachment.Device, i.Attachment.Status, i.Attachment.AttachTime, i.Attachment.DeleteOnTermination},
			i.Addresses,
		})
	}
	slices.SortFunc(found, func(a, b instanceInterfaceAnswer) int { return cmp.Compare(a.Attachment.Device, b.Attachment.Device) })
	return wire.ListOf(found)
}

func (r reader) profile(p *instanceProfile) *profileAnswer {
	if p == nil {
		return nil
	}
	arn := p.Arn
	if arn == "" {
		arn = r.place.GlobalARN("iam", "instance-profile/"+p.Name)
	}
	return &profileAnswer{arn, "AIPAAWSSIM"}
}

// instanceProperties are the filters of API_DescribeInstances that fit what an instance has here.
var instanceProperties = properties[instanceAnswer]{
	"instance-id":         func(v instanceAnswer) []string { return one(v.ID) },
	"instance-state-name": func(v instanceAnswer) []string { return one(v.State.Name) },
	"instance-state-code": func(v instanceAnswer) []string { return one(strconv.Itoa(v.State.Code)) },
	"instance-type":       func(v instanceAnswer) []string { return one(v.InstanceType) },
	"image-id":            func(v instanceAnswer) []string { return one(v.ImageID) },
	"vpc-id":              func(v instanceAnswer) []string { return one(v.VpcID) },
	"subnet-id":           func(v instanceAnswer) []string { return one(v.SubnetID) },
	"availability-zone":   func(v instanceAnswer) []string { return one(v.Placement.AvailabilityZone) },
	"private-ip-address":  func(v instanceAnswer) []string { return one(v.PrivateIPAddress) },
	"private-dns-name":    func(v instanceAnswer) []string { return one(v.PrivateDNSName) },
	"key-name":            func(v instanceAnswer) []string { return one(v.KeyName) },
	"client-token":        func(v instanceAnswer) []string { return one(v.ClientToken) },
	"launch-time":         func(v instanceAnswer) []string { return one(v.LaunchTime) },
	"reservation-id":      func(v instanceAnswer) []string { return one(v.reservation) },
	"instance.group-id": func(v instanceAnswer) []string {
		return each(v.Groups.Items, func(g groupIdentifier) string { return g.ID })
	},
	"instance.group-name": func(v instanceAnswer) []string {
		return each(v.Groups.Items, func(g groupIdentifier) string { return g.Name })
	},
	"iam-instance-profile.arn": func(v instanceAnswer) []string {
		if v.Profile == nil {
			return nil
		}
		return one(v.Profile.Arn)
	},
	"network-interface.network-interface-id": ofInterfaces(func(i instanceInterfaceAnswer) string { return i.ID }),
	"network-interface.subnet-id":            ofInterfaces(func(i instanceInterfaceAnswer) string { return i.SubnetID }),
	"network-interface.vpc-id":               ofInterfaces(func(i instanceInterfaceAnswer) string { return i.VpcID }),
	"network-interface.addresses.private-ip-address": func(v instanceAnswer) []string {
		var addresses []string
		for _, i := range v.Interfaces.Items {
			addresses = append(addresses, each(i.Addresses.Items, func(a privateAddressAnswer) string { return a.Address })...)
		}
		return addresses
	},
}

func ofInterfaces(value func(instanceInterfaceAnswer) string) func(instanceAnswer) []string {
	return func(v instanceAnswer) []string { return each(v.Interfaces.Items, value) }
}

type describeInstancesRequest struct {
	IDs     []string `query:"InstanceId"`
	Filters []filter `query:"Filter"`
	page
}

type describeInstancesAnswer struct {
	Reservations wire.List[reservationAnswer] `xml:"reservationSet"`
	NextToken    string                       `xml:"nextToken,omitempty"`
}

func (s *Service) describeInstances(c *sim.Call, in *describeInstancesRequest) (*describeInstancesAnswer, error) {
	if err := in.notWith(in.IDs, "instancesSet"); err != nil {
		return nil, err
	}
	r := s.reader(c)
	found, err := seen(instanceKind, &r.instances, c.View(instanceType), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, r.allInstances(), instanceProperties, in.Filters, in.page, bounds{5, 1000},
		func(v instanceAnswer) string { return v.ID })
	if err != nil {
		return nil, err
	}
	answer := &describeInstancesAnswer{NextToken: next}
	at := map[string]int{}
	for _, one := range answers {
		if _, known := at[one.reservation]; !known {
			at[one.reservation] = len(answer.Reservations.Items)
			answer.Reservations.Items = append(answer.Reservations.Items, reservationAnswer{ID: one.reservation, OwnerID: c.Account})
		}
		into := &answer.Reservations.Items[at[one.reservation]].Instances
		into.Items = append(into.Items, one)
	}
	return answer, nil
}
