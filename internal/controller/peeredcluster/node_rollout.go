package peeredcluster

import (
	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// nodeRollout brings the nodes of a cluster up to date with its configuration.
type nodeRollout struct {
	*configuration
	aws    awsAccess
	stop   stopSwitch
	prover prover
	// claims are the instances that the nodes named when they were planned for.
	claims proof.Claims
	// nodeName is the node that crossvpc itself runs on; empty: not known.
	nodeName string
	// mayStart is false while the object is being deleted: no further node is started on.
	mayStart bool
	turns    turns
	// order is who renews nodes before this cluster.
	order []string
	// choice is how nodes are brought up to date in this reconciliation.
	choice rollout.Choice
	// unseen is what could not be read that is not needed, and what that means, a sentence each.
	unseen []string
}
