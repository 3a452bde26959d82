package peeredcluster

import (
	"context"
	"maps"
	"slices"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/proof"
)

// interfaces asks EC2 for interfaces and for whose the instances are that they are
// attached to. The tags need a permission of their own: noTags says why they were not read.
func (a awsAccess) interfaces(ctx context.Context, s *subject, ids []string, noTags *string) (proof.EC2, error) {
	reader, err := a.reader(ctx, s)
	if err != nil {
		return proof.EC2{}, err
	}
	found, err := reader.Interfaces(ctx, ids)
	if err != nil {
		return proof.EC2{}, err
	}
	said := proof.EC2{Interfaces: make(map[string]proof.InterfaceFact, len(found))}
	instances := map[string]bool{}
	for id, eni := range found {
		said.Interfaces[id] = proof.InterfaceFact{
			Interface: proof.Interface{ID: id, Subnet: eni.Subnet, Groups: eni.Groups}, VPC: eni.VPC, Instance: eni.Instance,
		}
		instances[eni.Instance] = true
	}
	delete(instances, "")
	said.Tags, err = reader.InstanceTags(ctx, slices.Sorted(maps.Keys(instances)), proof.TagKeys())
	*noTags = ""
	if err != nil && aws.Classify(err).Denied {
		said.Tags, *noTags, err = nil, messageOf(err), nil
	}
	return said, err
}
