package sim

import (
	"strings"

	"github.com/crossvpc/crossvpc/internal/partition"
)

// Place is where a resource lives or a call is made: one account in one region.
type Place struct {
	Account string `json:"account"`
	Region  string `json:"region"`
}

// String renders the place as account/region.
func (p Place) String() string { return p.Account + "/" + p.Region }

// ARN names a resource of the place, in the region's partition.
func (p Place) ARN(service, resource string) string {
	return strings.Join([]string{"arn", partition.Of(p.Region).ID, service, p.Region, p.Account, resource}, ":")
}

// GlobalARN names a resource of the account that is in no region: a role, a user, a session.
func (p Place) GlobalARN(service, resource string) string {
	return strings.Join([]string{"arn", partition.Of(p.Region).ID, service, "", p.Account, resource}, ":")
}
