package peering

import (
	"fmt"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
)

// Services is the address space that a cluster's Services have.
type Services struct {
	// Cluster is the name of the PeeredCluster.
	Cluster string
	Ranges  []netip.Prefix
	// Acknowledged is what the cluster's owner says may overlap.
	Acknowledged []netip.Prefix
}

// checkServices finds blocks of the peer that overlap the range of a side's Services: on each node kube-proxy, or
// Cilium, takes what is sent to an address of a Service, so pods never reach hosts of the peer that have it. Only
// before the first write: a peering that works must not stall when the check is new, or a range is added.
func checkServices(request Request, snapshot Snapshot, role Role) []Finding {
	if !request.untouched(snapshot) {
		return nil
	}
	var findings []Finding
	for _, services := range *request.Services.At(role) {
		for _, block := range request.Reached(snapshot, role) {
			for _, taken := range services.Ranges {
				shared := cidr.Intersection([]netip.Prefix{block}, []netip.Prefix{taken})
				if len(shared) == 0 || cidr.ContainsAll(services.Acknowledged, shared) {
					continue
				}
				findings = append(findings, Finding{v1alpha1.ReasonServiceRangeOverlap, fmt.Sprintf(
					"Block %s of %s overlaps %s, the Services of PeeredCluster %s: its pods would reach Services there instead of the peer. "+
						"Re-address one of them, exclude the block by spec.%s.routes.excludeCIDRs, or, if no host in %s is needed, add it to spec.cilium.acknowledgedCIDRs of the PeeredCluster.",
					block, request.Sides.At(role.Other()).VPC, taken, services.Cluster, role, cidr.Join(shared))})
			}
		}
	}
	return findings
}

// untouched: nothing was made for this peering yet, as far as status and AWS say.
func (r Request) untouched(snapshot Snapshot) bool {
	found := FindConnection(r, snapshot)
	made := len(r.inventory(Requester).Routes) + len(r.inventory(Accepter).Routes)
	return r.ConnectionID == "" && made == 0 && (found.Connection == nil || !found.Ours)
}
