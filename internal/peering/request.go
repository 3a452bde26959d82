package peering

import (
	"maps"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
)

// Request is everything but the observation that a plan depends on.
type Request struct {
	Sides Sides
	Spec  v1alpha1.VPCPeeringSpec
	// Owner is the value of the owner tag: <installationID>/<namespace>/<name>.
	Owner string
	// Tags go on everything that can carry tags; the owner tag is among them.
	Tags map[string]string
	// Allowed is what the identity of each side lets be changed.
	Allowed Pair[Allowed]
	// TagKeys are the keys of spec.tags that status says we set.
	TagKeys []string
	// Heirs are the VPCPeerings that rely on rules of ours, by the rules' ids. They are
	// looked for before rules are removed.
	Heirs map[string]Heir
	// Networks are where the clusters of each side live; a nil entry is a
	// cluster that has not reported yet.
	Networks Pair[[]*v1alpha1.ClusterNetwork]
	// StillAdmitted is true while the identities of both sides admit the object. What is
	// removed without that is proven ours by tags.
	StillAdmitted bool
	// Services are the address spaces of each side's clusters that pods never leave a node for.
	Services Pair[[]Services]
	// Coverage is what each side's clusters say they cover for this peering.
	Coverage Pair[[]Coverage]
	// ConnectionID is the connection that status names; empty: none yet.
	ConnectionID string
	// Adopted is true when status says that somebody else made that connection.
	Adopted bool
	// ConnectionMade is true when status says that we made that connection.
	ConnectionMade bool
	// Inventory is what status says we made; nil when status was lost or never
	// written, as for an object restored from Git.
	Inventory *v1alpha1.Inventory
	// RetryTerminal is true when a person changed the spec or asked for another
	// try since a connection failed or was rejected.
	RetryTerminal bool
	// OnlyRepair is true while routes are only made where they are on record as made:
	// the groups are not open yet, and a new route would divert traffic into them.
	OnlyRepair bool
	// Refused is the request that status says came to nothing.
	Refused *v1alpha1.RefusedRequest
	// RequestedLately is true when the connection that status names was asked
	// for within the last minutes: EC2 may not show it yet.
	RequestedLately bool
	// RulesLately and RoutesLately are true while rules or routes were made within
	// the last minutes: EC2 may not show yet what the record says is pending.
	RulesLately, RoutesLately bool
	// RoutesMade is true while routes are ready: then AWS answered each one on record that is pending.
	RoutesMade bool
	// RequestUnderWay is true when a connection was asked for within the last
	// minute and the answer may have been lost: one may come to be seen.
	RequestUnderWay bool
}

// side returns the spec of a role.
func (r Request) side(role Role) v1alpha1.VPCPeeringSide {
	return Pick(role, r.Spec.Requester, r.Spec.Accepter)
}

// inventory returns what we made on a side; nothing when there is no record.
func (r Request) inventory(role Role) v1alpha1.SideInventory {
	if r.Inventory == nil {
		return v1alpha1.SideInventory{}
	}
	return Pick(role, r.Inventory.Requester, r.Inventory.Accepter)
}

// owns reports whether tags name us as the owner. Nobody owns what has no tag.
func (r Request) owns(tags map[string]string) bool {
	return r.Owner != "" && tags[v1alpha1.TagOwner] == r.Owner
}

// ownsRule reports whether a rule's tags say that we made it, for this peer. One
// without the peer's tag is of a time before there was one.
func (r Request) ownsRule(role Role, tags map[string]string) bool {
	peer, tagged := tags[v1alpha1.TagPeerVPC]
	return r.owns(tags) && (!tagged || peer == r.Sides.At(role.Other()).VPC)
}

// ruleTags are the tags of a rule on a side.
func (r Request) ruleTags(role Role) map[string]string {
	tags := map[string]string{v1alpha1.TagPeerVPC: r.Sides.At(role.Other()).VPC}
	maps.Copy(tags, r.Tags)
	return tags
}

// AssociatedBlocks returns the blocks that traffic may be routed to: those in
// state associated, IPv4 first.
func (v VPC) AssociatedBlocks() []netip.Prefix {
	return v.blocks("associated")
}

// occupiedBlocks are the blocks that count for overlap: EC2 refuses a peering
// also when a block is only on its way in or out (docs/facts/aws.md#a-connections-life).
func (v VPC) occupiedBlocks() []netip.Prefix {
	return v.blocks("associated", "associating", "disassociating")
}

func (v VPC) blocks(states ...string) []netip.Prefix {
	var found []netip.Prefix
	for _, block := range v.Blocks {
		for _, state := range states {
			if block.State == state {
				found = append(found, block.Prefix)
			}
		}
	}
	return cidr.Sort(found)
}

// peerBlocks are the associated blocks of the other side; none while its VPC is
// not known.
func peerBlocks(role Role, snapshot Snapshot) []netip.Prefix {
	peer := snapshot.At(role.Other()).VPC
	if peer == nil {
		return nil
	}
	return peer.AssociatedBlocks()
}
