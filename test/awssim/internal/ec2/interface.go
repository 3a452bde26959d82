package ec2

import (
	"net/netip"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

const interfaceType = "network-interface"

var interfaceKind = kind{
	name: interfaceType, prefix: "eni", noun: "networkInterface",
	notFound: "InvalidNetworkInterfaceID.NotFound", malformed: "InvalidNetworkInterfaceId.Malformed",
}

// networkInterface is an elastic network interface in store.
type networkInterface struct {
	id          string
	vpc         string
	subnet      string
	zone        zone
	description string
	// addresses are the private ones, the primary first.
	addresses  []netip.Addr
	groups     []string
	attachment *attachment
	// requester is who made it on the account's behalf, empty for the account itself.
	requester string
}

// attachment ties an interface to an instance.
type attachment struct {
	id                  string
	instance            string
	device              int32
	at                  time.Time
	deleteOnTermination bool
}

func (i networkInterface) identity() string        { return i.id }
func (i networkInterface) hasGroup(id string) bool { return slices.Contains(i.groups, id) }

// on says whether the interface is attached to the instance.
func (i networkInterface) on(instance string) bool {
	return i.attachment != nil && i.attachment.instance == instance
}

func (s *Service) interfaceActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateNetworkInterface":          wire.Query(s.createInterface),
		"DeleteNetworkInterface":          wire.Query(s.deleteInterface),
		"AttachNetworkInterface":          wire.Query(s.attachInterface),
		"DetachNetworkInterface":          wire.Query(s.detachInterface),
		"DescribeNetworkInterfaces":       wire.Query(s.describeInterfaces),
		"AssignPrivateIpAddresses":        wire.Query(s.assignAddresses),
		"UnassignPrivateIpAddresses":      wire.Query(s.unassignAddresses),
		"ModifyNetworkInterfaceAttribute": wire.Query(s.modifyInterface),
	}
}

type privateAddressRequest struct {
	Address string `query:"PrivateIpAddress"`
	Primary bool   `query:"Primary"`
}

// newInterface says what an interface is to be like.
type newInterface struct {
	SubnetID       string                  `query:"SubnetId"`
	Description    string                  `query:"Description"`
	Address        string                  `query:"PrivateIpAddress"`
	Addresses      []privateAddressRequest `query:"PrivateIpAddresses"`
	SecondaryCount int32                   `query:"SecondaryPrivateIpAddressCount"`
	Groups         []string                `query:"SecurityGroupId"`
}

type createInterfaceRequest struct {
	newInterface
	TagSpecifications []tagSpecification `query:"TagSpecification"`
	ClientToken       string             `query:"ClientToken"`
}

type createInterfaceAnswer struct {
	Interface   interfaceAnswer `xml:"networkInterface"`
	ClientToken string          `xml:"clientToken,omitempty"`
}

func (s *Service) createInterface(c *sim.Call, in *createInterfaceRequest) (*createInterfaceAnswer, error) {
	if in.SubnetID == "" {
		return nil, sim.Fail("MissingParameter", "The request must contain the parameter subnetId")
	}
	tags, err := tagsToMake(in.TagSpecifications, interfaceType)
	if err != nil {
		return nil, err
	}
	here := s.at(c.Place)
	made, err := repeated(here, "CreateNetworkInterface", in.ClientToken, &here.interfaces, func() (networkInterface, error) {
		made, err := here.makeInterface(c, in.newInterface)
		if err != nil {
			return made, err
		}
		here.interfaces.Put(c.Stamp(), made.id, made)
		here.putTags(c, made.id, tags)
		return made, nil
	})
	if err != nil {
		return nil, err
	}
	return &createInterfaceAnswer{s.truth(c.Place, c.Now).networkInterface(made), in.ClientToken}, nil
}

// makeInterface makes an interface with its addresses, without storing it.
func (h *holdings) makeInterface(c *sim.Call, wanted newInterface) (networkInterface, error) {
	none := networkInterface{}
	sub, err := find(subnetKind, &h.subnets, wanted.SubnetID)
	if err != nil {
		return none, err
	}
	groups, err := h.groupsFor(c, sub.vpc, wanted.Groups)
	if err != nil {
		return none, err
	}
	made := networkInterface{vpc: sub.vpc, subnet: sub.id, zone: sub.zone, description: wanted.Description, groups: groups}
	if made.addresses, err = h.takeAddresses(sub, wanted); err != nil {
		return none, err
	}
	made.id = c.NewID("eni")
	return made, nil
}

// groupsFor checks the groups of an interface; without any it is in the VPC's default group.
func (h *holdings) groupsFor(c *sim.Call, v string, ids []string) ([]string, error) {
	if most := c.Limit(sim.QuotaGroupsPerInterface); len(ids) > most {
		return nil, sim.Fail("SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached.")
	}
	for _, id := range ids {
		g, err := h.findGroup(id)
		if err != nil {
			return nil, err
		}
		if g.vpc != v {
			return nil, sim.Fail("InvalidParameter", "Security group %s and subnet belong to different networks.", id)
		}
	}
	if len(ids) > 0 {
		return slices.Clone(ids), nil
	}
	for _, g := range h.groups.All() {
		if g.vpc == v && g.name == "default" {
			return []string{g.id}, nil
		}
	}
	return nil, nil
}

type interfaceIDRequest struct {
	ID string `query:"NetworkInterfaceId,required"`
}

func (s *Service) deleteInterface(c *sim.Call, in *interfaceIDRequest) (*done, error) {
	here := s.at(c.Place)
	gone, err := find(interfaceKind, &here.interfaces, in.ID)
	if err != nil {
		return nil, err
	}
	if gone.attachment != nil {
		return nil, sim.Fail("InvalidParameterValue", "Network interface '%s' is currently in use.", gone.id)
	}
	here.dropInterface(c, gone.id)
	return &done{Return: true}, nil
}

func (h *holdings) dropInterface(c *sim.Call, id string) {
	h.interfaces.Delete(c.Stamp(), id)
	h.tags.Delete(c.Stamp(), id)
}

type attributeText struct {
	Value *string `query:"Value"`
}

type attributeFlag struct {
	Value *bool `query:"Value"`
}

type modifyInterfaceRequest struct {
	ID          string         `query:"NetworkInterfaceId,required"`
	Groups      []string       `query:"SecurityGroupId"`
	Description *attributeText `query:"Description"`
	// SourceDestCheck is taken and has no effect: no packets flow here.
	SourceDestCheck *attributeFlag           `query:"SourceDestCheck"`
	Attachment      *modifyAttachmentRequest `query:"Attachment"`
}

type modifyAttachmentRequest struct {
	ID                  string `query:"AttachmentId,required"`
	DeleteOnTermination *bool  `query:"DeleteOnTermination"`
}

func (s *Service) modifyInterface(c *sim.Call, in *modifyInterfaceRequest) (*done, error) {
	here := s.at(c.Place)
	found, err := find(interfaceKind, &here.interfaces, in.ID)
	if err != nil {
		return nil, err
	}
	if len(in.Groups) > 0 {
		if found.groups, err = here.groupsFor(c, found.vpc, in.Groups); err != nil {
			return nil, err
		}
	}
	if in.Description != nil && in.Description.Value != nil {
		found.description = *in.Description.Value
	}
	if in.Attachment != nil {
		if found.attachment == nil || found.attachment.id != in.Attachment.ID {
			return nil, sim.Fail("InvalidAttachmentID.NotFound", "The attachment ID '%s' does not exist", in.Attachment.ID)
		}
		changed := *found.attachment
		changed.deleteOnTermination = in.Attachment.DeleteOnTermination != nil && *in.Attachment.DeleteOnTermination
		found.attachment = &changed
	}
	here.interfaces.Put(c.Stamp(), found.id, found)
	return &done{Return: true}, nil
}
