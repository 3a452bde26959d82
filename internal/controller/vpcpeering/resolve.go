package vpcpeering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// place is where a side's VPC is.
type place struct {
	region   v1alpha1.Region
	vpc      v1alpha1.VPCID
	identity string
	// groups is the identity that acts on security groups, where it is another one.
	groups string
}

// refusal is a verdict that ends the resolving of a side; nil: none.
type refusal = *verdict.Verdict

func refuse(progress verdict.Progress, reason, format string, args ...any) refusal {
	return new(verdict.Newf(progress, reason, format, args...))
}

// resolvePlace combines what the spec says of a side with what its clusters
// report. All must agree.
func resolvePlace(role peering.Role, spec v1alpha1.VPCPeeringSide, clusters []*v1alpha1.PeeredCluster) (place, refusal) {
	found := place{region: spec.Region, vpc: spec.VPCID, identity: object.SideIdentity(spec, clusters), groups: object.GroupsIdentity(spec, clusters)}
	from := "the spec"
	for _, cluster := range clusters {
		region, vpc := clusterPlace(cluster)
		switch {
		case region == "" || vpc == "":
			if found.region == "" || found.vpc == "" {
				return place{}, refuse(verdict.Wait, v1alpha1.ReasonClusterNotResolved,
					"The %s waits for PeeredCluster %s to report its region and VPC. See its conditions, or give region and vpcID in the spec.", role, cluster.Name)
			}
		case found.region != "" && found.region != region || found.vpc != "" && found.vpc != vpc:
			return place{}, refuse(verdict.Stalled, v1alpha1.ReasonSideMismatch,
				"The %s must be one VPC, but %s says %s in %s, and PeeredCluster %s is in %s in %s. Correct the side.", role, from, found.vpc, found.region, cluster.Name, vpc, region)
		default:
			found.region, found.vpc, from = region, vpc, "PeeredCluster "+cluster.Name
		}
	}
	return found, nil
}

func clusterPlace(cluster *v1alpha1.PeeredCluster) (v1alpha1.Region, v1alpha1.VPCID) {
	region, vpc := cluster.Status.Region, cluster.Status.VPCID
	if cluster.Spec.Region != "" {
		region = cluster.Spec.Region
	}
	if cluster.Spec.VPCID != "" {
		vpc = cluster.Spec.VPCID
	}
	return region, vpc
}

// checkPin refuses a side that resolves to another place than status is pinned to.
func checkPin(role peering.Role, pinned *v1alpha1.SideStatus, now peering.Side) refusal {
	if pinned == nil || pinned.VPCID == "" {
		return nil
	}
	was := peering.Side{Role: role, Account: string(pinned.AccountID), Region: string(pinned.Region), VPC: string(pinned.VPCID)}
	if was.SamePlace(now) {
		return nil
	}
	return refuse(verdict.Stalled, v1alpha1.ReasonResolvedSideChanged,
		"The side was resolved as %s and would now be %s. Nothing is done until it resolves as before. To move it, delete this VPCPeering and create another.", was, now)
}

// checkGroupsPin refuses security groups of another account than those that rules were made
// in. Before the first rule nothing is lost, and a mistake in the spec can be put right.
func checkGroupsPin(role peering.Role, pinned *v1alpha1.SideStatus, made v1alpha1.SideInventory, now peering.Side) refusal {
	if pinned == nil || pinned.VPCID == "" || len(made.SecurityGroupRules)+len(made.SharedRuleIDs) == 0 {
		return nil
	}
	was := pinned.AccountID
	if pinned.SecurityGroups != nil {
		was = pinned.SecurityGroups.AccountID
	}
	if account := now.OfGroups().Account; string(was) != account {
		return refuse(verdict.Stalled, v1alpha1.ReasonResolvedSideChanged,
			"The rules of the %s were made in security groups of account %s and would now be in account %s. Nothing is done until spec.%[1]s.securityGroups.identityRef leads to account %[2]s again. To move them, delete this VPCPeering and create another.", role, was, account)
	}
	return nil
}
