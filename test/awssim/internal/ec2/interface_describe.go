package ec2

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// groupIdentifier names a security group.
type groupIdentifier struct {
	ID   string `xml:"groupId"`
	Name string `xml:"groupName"`
}

type interfaceAttachmentAnswer struct {
	ID                  string `xml:"attachmentId"`
	InstanceID          string `xml:"instanceId,omitempty"`
	InstanceOwnerID     string `xml:"instanceOwnerId,omitempty"`
	Device              int32  `xml:"deviceIndex"`
	Status              string `xml:"status"`
	AttachTime          string `xml:"attachTime"`
	DeleteOnTermination bool   `xml:"deleteOnTermination"`
}

type privateAddressAnswer struct {
	Address string `xml:"privateIpAddress"`
	DNSName string `xml:"privateDnsName,omitempty"`
	Primary bool   `xml:"primary"`
}

type interfaceAnswer struct {
	ID               string                          `xml:"networkInterfaceId"`
	SubnetID         string                          `xml:"subnetId"`
	VpcID            string                          `xml:"vpcId"`
	AvailabilityZone string                          `xml:"availabilityZone"`
	Description      string                          `xml:"description"`
	OwnerID          string                          `xml:"ownerId"`
	RequesterID      string                          `xml:"requesterId,omitempty"`
	RequesterManaged bool                            `xml:"requesterManaged"`
	Status           string                          `xml:"status"`
	MacAddress       string                          `xml:"macAddress"`
	PrivateIPAddress string                          `xml:"privateIpAddress"`
	PrivateDNSName   string                          `xml:"privateDnsName,omitempty"`
	SourceDestCheck  bool                            `xml:"sourceDestCheck"`
	InterfaceType    string                          `xml:"interfaceType"`
	Groups           wire.List[groupIdentifier]      `xml:"groupSet"`
	Attachment       *interfaceAttachmentAnswer      `xml:"attachment"`
	TagSet           wire.List[tag]                  `xml:"tagSet"`
	Addresses        wire.List[privateAddressAnswer] `xml:"privateIpAddressesSet"`
}

func (v interfaceAnswer) tags() []tag { return v.TagSet.Items }

func (r reader) networkInterface(i networkInterface) interfaceAnswer {
	answer := interfaceAnswer{
		ID: i.id, SubnetID: i.subnet, VpcID: i.vpc, AvailabilityZone: i.zone.name, Description: i.description,
		OwnerID: r.place.Account, RequesterID: i.requester, RequesterManaged: i.requester != "",
		Status: "available", MacAddress: macOf(i.id), PrivateIPAddress: i.addresses[0].String(),
		PrivateDNSName: privateName(i.addresses[0], r.place.Region), SourceDestCheck: true, InterfaceType: "interface",
		Groups: r.groupIdentifiers(i.groups), TagSet: wire.ListOf(r.tagsOf(interfaceType, i.id)),
	}
	for n, address := range i.addresses {
		answer.Addresses.Items = append(answer.Addresses.Items,
			privateAddressAnswer{address.String(), privateName(address, r.place.Region), n == 0})
	}
	if i.attachment != nil {
		answer.Status = "in-use"
		answer.Attachment = &interfaceAttachmentAnswer{
			ID: i.attachment.id, InstanceID: i.attachment.instance, InstanceOwnerID: r.place.Account, Device: i.attachment.device,
			Status: "attached", AttachTime: i.attachment.at.Format(time.RFC3339), DeleteOnTermination: i.attachment.deleteOnTermination,
		}
	}
	return answer
}

func (r reader) groupIdentifiers(ids []string) wire.List[groupIdentifier] {
	var identifiers wire.List[groupIdentifier]
	for _, id := range ids {
		g, _ := r.groups.Get(id)
		identifiers.Items = append(identifiers.Items, groupIdentifier{id, g.name})
	}
	return identifiers
}

// macOf makes a locally administered address of the interface's id.
func macOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", sum[0], sum[1], sum[2], sum[3], sum[4])
}

// privateName is the name by address (docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html).
func privateName(address netip.Addr, region string) string {
	domain := region + ".compute.internal"
	if region == "us-east-1" {
		domain = "ec2.internal"
	}
	return "ip-" + strings.ReplaceAll(address.String(), ".", "-") + "." + domain
}

// interfaceProperties are the filters of API_DescribeNetworkInterfaces.
var interfaceProperties = properties[interfaceAnswer]{
	"network-interface-id": func(v interfaceAnswer) []string { return one(v.ID) },
	"subnet-id":            func(v interfaceAnswer) []string { return one(v.SubnetID) },
	"vpc-id":               func(v interfaceAnswer) []string { return one(v.VpcID) },
	"availability-zone":    func(v interfaceAnswer) []string { return one(v.AvailabilityZone) },
	"description":          func(v interfaceAnswer) []string { return one(v.Description) },
	"owner-id":             func(v interfaceAnswer) []string { return one(v.OwnerID) },
	"requester-id":         func(v interfaceAnswer) []string { return one(v.RequesterID) },
	"requester-managed":    func(v interfaceAnswer) []string { return truth(v.RequesterManaged) },
	"status":               func(v interfaceAnswer) []string { return one(v.Status) },
	"mac-address":          func(v interfaceAnswer) []string { return one(v.MacAddress) },
	"private-ip-address":   func(v interfaceAnswer) []string { return one(v.PrivateIPAddress) },
	"private-dns-name":     func(v interfaceAnswer) []string { return one(v.PrivateDNSName) },
	"source-dest-check":    func(v interfaceAnswer) []string { return truth(v.SourceDestCheck) },
	"interface-type":       func(v interfaceAnswer) []string { return one(v.InterfaceType) },
	"group-id": func(v interfaceAnswer) []string {
		return each(v.Groups.Items, func(g groupIdentifier) string { return g.ID })
	},
	"group-name": func(v interfaceAnswer) []string {
		return each(v.Groups.Items, func(g groupIdentifier) string { return g.Name })
	},
	"addresses.private-ip-address": func(v interfaceAnswer) []string {
		return each(v.Addresses.Items, func(a privateAddressAnswer) string { return a.Address })
	},
	"addresses.primary": func(v interfaceAnswer) []string {
		return each(v.Addresses.Items, func(a privateAddressAnswer) string { return strconv.FormatBool(a.Primary) })
	},
	"attachment.attachment-id":         ofAttachment(func(a interfaceAttachmentAnswer) string { return a.ID }),
	"attachment.instance-id":           ofAttachment(func(a interfaceAttachmentAnswer) string { return a.InstanceID }),
	"attachment.instance-owner-id":     ofAttachment(func(a interfaceAttachmentAnswer) string { return a.InstanceOwnerID }),
	"attachment.device-index":          ofAttachment(func(a interfaceAttachmentAnswer) string { return strconv.Itoa(int(a.Device)) }),
	"attachment.status":                ofAttachment(func(a interfaceAttachmentAnswer) string { return a.Status }),
	"attachment.attach-time":           ofAttachment(func(a interfaceAttachmentAnswer) string { return a.AttachTime }),
	"attachment.delete-on-termination": ofAttachment(func(a interfaceAttachmentAnswer) string { return strconv.FormatBool(a.DeleteOnTermination) }),
}

func ofAttachment(value func(interfaceAttachmentAnswer) string) func(interfaceAnswer) []string {
	return func(v interfaceAnswer) []string {
		if v.Attachment == nil {
			return nil
		}
		return one(value(*v.Attachment))
	}
}

type describeInterfacesRequest struct {
	IDs     []string `query:"NetworkInterfaceId"`
	Filters []filter `query:"Filter"`
	page
}

type describeInterfacesAnswer struct {
	Interfaces wire.List[interfaceAnswer] `xml:"networkInterfaceSet"`
	NextToken  string                     `xml:"nextToken,omitempty"`
}

func (s *Service) describeInterfaces(c *sim.Call, in *describeInterfacesRequest) (*describeInterfacesAnswer, error) {
	if err := in.notWith(in.IDs, "networkInterfaceIdSet"); err != nil {
		return nil, err
	}
	r := s.reader(c)
	found, err := seen(interfaceKind, &r.interfaces, c.View(interfaceType), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, r.networkInterface, interfaceProperties, in.Filters, in.page, bounds{5, 1000},
		func(v interfaceAnswer) string { return v.ID })
	return &describeInterfacesAnswer{wire.ListOf(answers), next}, err
}
