package cilium

import (
	"fmt"
	"net/netip"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/partition"
)

// Pin is where a cluster is known to be: by its spec, by EKS, or by what was seen first. A CiliumNode
// that says otherwise is left out, so that one edited object does not move the cluster (A12). Empty
// fields are not known yet.
type Pin struct {
	Region, VPCID string
	// Primary is the VPC's primary block, which never changes.
	Primary netip.Prefix
}

// contradiction says in which way a CiliumNode puts its node elsewhere; empty: in none.
func (p Pin) contradiction(node CiliumNode) string {
	zone := node.Spec.ENI.AvailabilityZone
	if region := partition.RegionOf(zone); p.Region != "" && region != "" && region != p.Region {
		return fmt.Sprintf("CiliumNode %s says zone %s, but the cluster is in region %s.", node.Metadata.Name, zone, p.Region)
	}
	for _, vpc := range node.vpcs() {
		if p.VPCID != "" && vpc != p.VPCID {
			return fmt.Sprintf("CiliumNode %s says VPC %s, but the cluster is in %s.", node.Metadata.Name, vpc, p.VPCID)
		}
	}
	for _, eni := range node.Status.ENI.ENIs {
		if said, err := cidr.Parse(eni.VPC.PrimaryCIDR); err == nil && p.Primary.IsValid() && said != p.Primary {
			return fmt.Sprintf("CiliumNode %s says primary block %s, but that of %s is %s.", node.Metadata.Name, said, p.VPCID, p.Primary)
		}
	}
	return ""
}

// vpcs are those that a CiliumNode names for itself and for its interfaces, each once, sorted.
func (n CiliumNode) vpcs() []string {
	list := []string{n.Spec.ENI.VPCID}
	for _, eni := range n.Status.ENI.ENIs {
		list = append(list, eni.VPC.ID)
	}
	return distinct(list)
}
