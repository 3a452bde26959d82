package proof

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/internal/message"
)

// Cluster is whose nodes claim something: a PeeredCluster by its spec and by what is pinned in
// its status, and by nothing that was read in the cluster.
type Cluster struct {
	// PeeredCluster is the object's name.
	PeeredCluster string
	// Name is the cluster's in AWS; empty: nobody said it.
	Name string
	VPC  string
}

// Claim is what a Node says: that it runs on an instance.
type Claim struct {
	Node, InstanceID string
	// Zone is the availability zone that the Node names; empty: none.
	Zone string
}

// Instance is what Auto Scaling says of an instance.
type Instance struct {
	ID, Zone, Group string
}

// Group is what Auto Scaling and EC2 say of an Auto Scaling group.
type Group struct {
	Name string
	// VPCs are those of its subnets, each once; an empty string for subnets that EC2 does not show.
	VPCs []string
	Tags map[string]string
}

// Refusal says why a claim does not hold. The zero value: it holds.
type Refusal struct {
	Message string
	// Foreign: AWS contradicts the claim, or somebody else makes it too. Else the cluster's own
	// name is not known, and nothing is wrong with the instance.
	Foreign bool
}

// Holds reports whether nothing speaks against the claim.
func (r Refusal) Holds() bool { return r.Message == "" }

// refuse says why an instance is not proven to be the cluster's by its group: the group is in
// the cluster's VPC and says by its tags that it is this cluster's, and no other's.
func (c Cluster) refuse(claim Claim, instance Instance, group Group) Refusal {
	for _, check := range []func(Claim, Instance, Group) Refusal{c.refuseVPC, c.refuseName, c.refuseTags, c.refuseZone} {
		if refusal := check(claim, instance, group); !refusal.Holds() {
			return refusal
		}
	}
	return Refusal{}
}

func (c Cluster) refuseVPC(_ Claim, instance Instance, group Group) Refusal {
	at := slices.IndexFunc(group.VPCs, func(vpc string) bool { return vpc != c.VPC })
	switch {
	case c.VPC != "" && len(group.VPCs) > 0 && at < 0:
		return Refusal{}
	case at >= 0 && group.VPCs[at] != "" && c.VPC != "":
		return foreign("Instance %s is in Auto Scaling group %s in %s, not in the cluster's VPC %s. The node's providerID is wrong, or the node is not this cluster's.",
			instance.ID, group.Name, group.VPCs[at], c.VPC)
	}
	return foreign("Cannot confirm that Auto Scaling group %s of instance %s is in the cluster's VPC %s, because EC2 does not show the group's subnets.",
		group.Name, instance.ID, cmp.Or(c.VPC, "(not known)"))
}

// Contradicts reports whether AWS says that a group is of another cluster: it is in another VPC, or another name is on it.
func (c Cluster) Contradicts(group Group) bool {
	elsewhere := slices.ContainsFunc(group.VPCs, func(vpc string) bool { return vpc != "" && vpc != c.VPC })
	names := owners(group.Tags)
	return elsewhere || c.Name != "" && len(names) > 0 && !slices.Contains(names, c.Name)
}

func (c Cluster) refuseName(_ Claim, instance Instance, group Group) Refusal {
	if c.Name != "" {
		return Refusal{}
	}
	return Refusal{Message: fmt.Sprintf("The cluster's name in AWS is not known, so nothing proves that instance %s of Auto Scaling group %s is its own. Set spec.clusterName of PeeredCluster %s, or use strategy RecyclePods.",
		instance.ID, group.Name, c.PeeredCluster)}
}

func (c Cluster) refuseTags(_ Claim, instance Instance, group Group) Refusal {
	names := owners(group.Tags)
	switch {
	case len(names) == 0:
		return foreign("Auto Scaling group %s of instance %s does not say whose it is. If it is of cluster %s, tag it with %s.",
			group.Name, instance.ID, c.Name, tagAdvice(c.Name))
	case len(names) > 1 || names[0] != c.Name:
		return foreign("Auto Scaling group %s of instance %s is tagged as that of cluster %s, not of %s alone. Correct the tags, spec.clusterName, or the node's providerID.",
			group.Name, instance.ID, message.List(names), c.Name)
	}
	return Refusal{}
}

// refuseZone: the cloud provider writes the zone, so one that AWS does not confirm was written by somebody else.
func (c Cluster) refuseZone(claim Claim, instance Instance, _ Group) Refusal {
	if claim.Zone == "" || instance.Zone == "" || claim.Zone == instance.Zone {
		return Refusal{}
	}
	return foreign("The node's providerID says that instance %s is in zone %s, but AWS says that it is in %s. The providerID is wrong, or the node is not this cluster's.",
		instance.ID, claim.Zone, instance.Zone)
}

func foreign(format string, args ...any) Refusal {
	return Refusal{Message: fmt.Sprintf(format, args...), Foreign: true}
}
