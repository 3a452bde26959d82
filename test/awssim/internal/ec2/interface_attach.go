package ec2

import (
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

type attachInterfaceRequest struct {
	InstanceID  string `query:"InstanceId,required"`
	InterfaceID string `query:"NetworkInterfaceId,required"`
	Device      int32  `query:"DeviceIndex"`
}

type attachInterfaceAnswer struct {
	AttachmentID string `xml:"attachmentId"`
}

func (s *Service) attachInterface(c *sim.Call, in *attachInterfaceRequest) (*attachInterfaceAnswer, error) {
	here := s.at(c.Place)
	to, err := find(instanceKind, &here.instances, in.InstanceID)
	if err != nil {
		return nil, err
	}
	found, err := find(interfaceKind, &here.interfaces, in.InterfaceID)
	if err != nil {
		return nil, err
	}
	if err := here.mayAttach(found, to, in.Device); err != nil {
		return nil, err
	}
	found.attachment = &attachment{id: c.NewID("eni-attach"), instance: to.id, device: in.Device, at: c.Now}
	here.interfaces.Put(c.Stamp(), found.id, found)
	return &attachInterfaceAnswer{found.attachment.id}, nil
}

func (h *holdings) mayAttach(found networkInterface, to instance, device int32) error {
	switch {
	case found.attachment != nil:
		return sim.Fail("InvalidNetworkInterface.InUse", "Interface: [%s] in use.", found.id)
	case to.state != instanceRunning && to.state != instancePending:
		return sim.Fail("IncorrectState", "Instance '%s' is not in a valid state for this operation", to.id)
	case found.zone != to.zone:
		return sim.Fail("InvalidParameterValue", "You may not attach a network interface to an instance if they are not in the same availability zone")
	case h.interfaceWith(func(i networkInterface) bool { return i.on(to.id) && i.attachment.device == device }):
		return sim.Fail("InvalidParameterValue", "Instance '%s' already has an interface attached at device index '%d'.", to.id, device)
	}
	return nil
}

type detachInterfaceRequest struct {
	AttachmentID string `query:"AttachmentId,required"`
	Force        bool   `query:"Force"`
}

func (s *Service) detachInterface(c *sim.Call, in *detachInterfaceRequest) (*done, error) {
	here := s.at(c.Place)
	if !strings.HasPrefix(in.AttachmentID, "eni-attach-") {
		return nil, sim.Fail("InvalidAttachmentID.Malformed", "Invalid id: %q (expecting \"eni-attach-...\")", in.AttachmentID)
	}
	for _, i := range here.interfaces.All() {
		if i.attachment == nil || i.attachment.id != in.AttachmentID {
			continue
		}
		if i.attachment.device == 0 {
			return nil, sim.Fail("OperationNotPermitted", "The network interface at device index 0 cannot be detached.")
		}
		here.interfaces.Update(c.Stamp(), i.id, func(i *networkInterface) { i.attachment = nil })
		return &done{Return: true}, nil
	}
	return nil, sim.Fail("InvalidAttachmentID.NotFound", "The attachment ID '%s' does not exist", in.AttachmentID)
}
