package ec2

import (
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// encryption is a VPC's encryption control in store, as far as peering needs it
// (docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html). What AWS answers to a peering of a VPC that
// enforces encryption and has no exclusion is not documented: awssim lets it pass.
type encryption struct {
	id      string
	mode    string
	state   string
	peering string
}

type exclusionAnswer struct {
	State string `xml:"state"`
}

type encryptionAnswer struct {
	VpcID      string           `xml:"vpcId"`
	ID         string           `xml:"vpcEncryptionControlId"`
	Mode       string           `xml:"mode"`
	State      string           `xml:"state"`
	Exclusions exclusionsAnswer `xml:"resourceExclusions"`
	TagSet     wire.List[tag]   `xml:"tagSet"`
}

type exclusionsAnswer struct {
	Peering exclusionAnswer `xml:"vpcPeering"`
}

type encryptionResult struct {
	Control *encryptionAnswer `xml:"vpcEncryptionControl"`
}

// encryptionOf is nil for a VPC without a control.
func (r reader) encryptionOf(v vpc) *encryptionAnswer {
	if v.encryption.id == "" {
		return nil
	}
	e := v.encryption
	return &encryptionAnswer{VpcID: v.id, ID: e.id, Mode: e.mode, State: e.state, Exclusions: exclusionsAnswer{exclusionAnswer{e.peering}}, TagSet: wire.ListOf(r.tagsOf("vpc-encryption-control", e.id))}
}

type createEncryptionRequest struct {
	VpcID             string             `query:"VpcId,required"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

// createEncryption makes a control, which begins with mode monitor.
func (s *Service) createEncryption(c *sim.Call, in *createEncryptionRequest) (*encryptionResult, error) {
	here := s.at(c.Place)
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	tags, err := tagsToMake(in.TagSpecifications, "vpc-encryption-control")
	if err != nil {
		return nil, err
	}
	v.encryption = encryption{id: c.NewID("vpcec"), mode: "monitor", state: "creating", peering: "disabled"}
	here.putTags(c, v.encryption.id, tags)
	return s.putEncryption(c, v, "available"), nil
}

type modifyEncryptionRequest struct {
	ID      string `query:"VpcEncryptionControlId,required"`
	Mode    string `query:"Mode"`
	Peering string `query:"VpcPeeringExclusion"`
}

func (s *Service) modifyEncryption(c *sim.Call, in *modifyEncryptionRequest) (*encryptionResult, error) {
	v, err := s.encrypted(c, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Mode != "" {
		v.encryption.mode, v.encryption.state = in.Mode, in.Mode+"-in-progress"
	}
	switch in.Peering {
	case "enable":
		v.encryption.peering = "enabling"
	case "disable":
		v.encryption.peering = "disabling"
	}
	return s.putEncryption(c, v, "available"), nil
}

type encryptionIDRequest struct {
	ID string `query:"VpcEncryptionControlId,required"`
}

func (s *Service) deleteEncryption(c *sim.Call, in *encryptionIDRequest) (*encryptionResult, error) {
	v, err := s.encrypted(c, in.ID)
	if err != nil {
		return nil, err
	}
	v.encryption.state = "deleting"
	return s.putEncryption(c, v, "deleted"), nil
}

// encrypted is the VPC that has the control.
func (s *Service) encrypted(c *sim.Call, id string) (vpc, error) {
	for _, v := range s.at(c.Place).vpcs.All() {
		if v.encryption.id == id {
			return v, nil
		}
	}
	return vpc{}, sim.Fail("InvalidVpcEncryptionControlId.NotFound", "The vpcEncryptionControl ID '%s' does not exist", id)
}

// putEncryption stores the control, and has it settle in its state and its exclusion.
func (s *Service) putEncryption(c *sim.Call, v vpc, becomes string) *encryptionResult {
	here := s.at(c.Place)
	here.vpcs.Put(c.Stamp(), v.id, v)
	c.After("vpc-encryption-control", v.encryption.state, func(at time.Time) {
		here.vpcs.Update(c.StampAt(at), v.id, func(v *vpc) {
			v.encryption.state = becomes
			switch v.encryption.peering {
			case "enabling":
				v.encryption.peering = "enabled"
			case "disabling":
				v.encryption.peering = "disabled"
			}
		})
	})
	return &encryptionResult{s.truth(c.Place, c.Now).encryptionOf(v)}
}
