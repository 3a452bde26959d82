package proof

import "github.com/crossvpc/crossvpc/internal/message"

// Placement is what EC2 says of an instance that is in no Auto Scaling group, as those of Karpenter's.
type Placement struct {
	VPC string
	// Tags by which it may be known whose it is; nil: they could not be read.
	Tags map[string]string
}

// refusePlacement: an instance that no group has is the cluster's if it is in its VPC and its tags say so. Without a name,
// or where tags could not be read, the VPC is all that is compared: nothing is terminated on that word.
func (c Cluster) refusePlacement(claim Claim, placed Placement) Refusal {
	names := owners(placed.Tags)
	switch {
	case placed.VPC != c.VPC:
		return foreign("Instance %s is in %s, not in the cluster's VPC %s. The node's providerID is wrong, or the node is not this cluster's.", claim.InstanceID, placed.VPC, c.VPC)
	case c.Name == "" || placed.Tags == nil:
		return Refusal{}
	case len(names) == 0:
		return foreign("Instance %s has no tag that says whose it is. If it is of cluster %s, tag it with %s.", claim.InstanceID, c.Name, tagAdvice(c.Name))
	case len(names) > 1 || names[0] != c.Name:
		return foreign("Instance %s is tagged as that of cluster %s, not of %s alone. Correct the tags, spec.clusterName, or the node's providerID.", claim.InstanceID, message.List(names), c.Name)
	}
	return Refusal{}
}
