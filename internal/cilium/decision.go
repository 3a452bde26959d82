package cilium

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// Kind is the outcome of a decision.
type Kind string

const (
	// KindNotRequired means: write nothing, touch no node.
	KindNotRequired Kind = "NotRequired"
	// KindNativeRoutingCIDR means: Decision.CIDR must be in force on every node.
	KindNativeRoutingCIDR Kind = "NativeRoutingCIDR"
	// KindIPMasqAgent means: Decision.List must be the ip-masq-agent's list.
	KindIPMasqAgent Kind = "IPMasqAgent"
	// KindExcludeSNAT means: aws-node must not masquerade to Decision.List.
	KindExcludeSNAT Kind = "ExcludeSNAT"
	// KindBlocked means: a person must do or allow something first. What is live stays
	// as it is.
	KindBlocked Kind = "Blocked"
	// KindPodAddressesNotRoutable means: no routing option makes these pods reachable.
	KindPodAddressesNotRoutable Kind = "PodAddressesNotRoutable"
)

// Strategy is how the owner of the cluster wants the change made; the values are the API's.
type Strategy string

// Strategies.
const (
	StrategyAuto              Strategy = "Auto"
	StrategyNativeRoutingCIDR Strategy = "NativeRoutingCIDR"
	StrategyIPMasqAgent       Strategy = "IPMasqAgent"
	StrategyNone              Strategy = "None"
)

// WriteTo is where the value may be written; the values are the API's.
type WriteTo string

// Places to write to.
const (
	WriteToNodeConfig WriteTo = "CiliumNodeConfig"
	WriteToConfigMap  WriteTo = "ConfigMap"
	WriteToManual     WriteTo = "Manual"
)

// Policy is what the owner of the cluster allows. The zero value is Auto, to a
// CiliumNodeConfig, nothing pinned or acknowledged.
type Policy struct {
	Strategy Strategy
	WriteTo  WriteTo
	// Pin is the value to use instead of a computed one; the zero prefix: none.
	Pin netip.Prefix
	// Acknowledged is address space that may lose masquerading.
	Acknowledged []netip.Prefix
	// MinLength is the shortest prefix length that may be written; 0 means DefaultMinLength.
	MinLength int
}

// DefaultMinLength guards against a value that covers far too much.
const DefaultMinLength = 8

// Peer is the blocks of one peering's other side.
type Peer struct {
	// Name of the peering, as messages show it.
	Name   string
	Blocks []netip.Prefix
}

// VPC is the cluster's own VPC.
type VPC struct {
	// Primary is the block the VPC was created with; the zero prefix if not known.
	Primary netip.Prefix
	// Blocks are all associated blocks.
	Blocks []netip.Prefix
}

// Route is a live route of a table that a subnet of pods uses. Routes to our own
// connections may be left out; they make no difference.
type Route struct {
	Destination netip.Prefix
	// Target is the id of the gateway, interface or connection, or "local".
	Target       string
	RouteTableID string
}

// Unread is a route by prefix list whose entries are not known.
type Unread struct {
	// Target is as a Route's.
	Target string
	// Message names list, table and cause in one sentence.
	Message string
}

// Input is everything a decision depends on.
type Input struct {
	Facts  Facts
	Owner  Owner
	Policy Policy
	VPC    VPC
	// Peers of the whole cluster, not of one peering.
	Peers []Peer
	// Live are the values of ours that are in force or on trial. None may be
	// narrowed while a peering needs a value.
	Live   []netip.Prefix
	Routes []Route
	// Unread are live routes of pods' tables whose blocks could not be read.
	Unread []Unread
	// Awaited: at some time the configuration that agents read did not cover every peer.
	// Whoever corrected it, crossvpc or somebody else, has not reached the running agents.
	Awaited bool
	// RevertedBy names who reverted what we wrote; empty: nobody did.
	RevertedBy string
	// EgressPolicies are the CiliumEgressGatewayPolicies, and Endpoints the pods that they may select.
	EgressPolicies []EgressPolicy
	Endpoints      []Endpoint
	// Unseen says what may not be read, and what that means; empty: everything may.
	Unseen string
}

// Decision is what must be so, and why.
type Decision struct {
	Kind    Kind
	Reason  Reason
	Message string
	// Remarks are the part of Message that holds whatever is decided, and however far that got; empty: none.
	Remarks string
	// CIDR is the value to have, also when a finding holds it back; the zero prefix
	// if none is needed or none is safe.
	CIDR     netip.Prefix
	Revision string
	// SetByOthers: the value, or something that does as well, is there without us;
	// nothing is written, but nodes that are older than it are renewed.
	SetByOthers bool
	// Needed is what a node must have had to count as current, where that is less
	// than CIDR: somebody else's value may be wider than any peer needs. The zero
	// prefix: CIDR.
	Needed netip.Prefix
	// List is the whole list to have, where one is written instead of a value.
	List []netip.Prefix
	// Collateral is address space inside CIDR that is neither ours nor a peer's and
	// that a route reaches, acknowledged or not.
	Collateral []Collateral
	// Uncovered are IPv6 blocks of peers that no option makes pods reach.
	Uncovered []netip.Prefix
}

// WritesList reports whether a list is written in place of a value.
func (d Decision) WritesList() bool { return d.Kind == KindIPMasqAgent || d.Kind == KindExcludeSNAT }

// Decide says what must change in Cilium's configuration so that every pod
// reaches the peers and is reached by them (C1 to C4). Same input, same decision.
func Decide(in Input) Decision {
	d := decide(in)
	d.Revision = RevisionOf(d.CIDR)
	if len(d.List) > 0 {
		d.Revision = digest(cidr.Join(d.List), 10)
	}
	d.Remarks = in.gatewayRemark()
	if in.Unseen != "" {
		d.Remarks += " crossvpc may not read " + in.Unseen + ". Apply config/cluster/role.yaml again."
	}
	d.Uncovered = in.uncoveredIPv6()
	if len(d.Uncovered) > 0 {
		d.Remarks += " crossvpc writes nothing for IPv6, so pods do not reach " + shortList(d.Uncovered) + " with their own address."
	}
	d.Message += d.Remarks
	return d
}

// decide asks one question after the other; the first that has an answer wins.
func decide(in Input) Decision {
	for _, question := range []func(Input) *Decision{
		noPeers, awsNodeRoutes, ciliumMissing, podAddresses, alreadyRouted, alreadyCovered, vpcUnknown, malformed, ipMasqAgent,
	} {
		if answer := question(in); answer != nil {
			return *answer
		}
	}
	value, refused := chooseCIDR(in)
	if refused != nil {
		return *refused
	}
	collateral := in.collateral(value)
	for _, obstacle := range []func(Input, netip.Prefix) *Decision{fixedAtTheAgent, observeOnly, byHand, overridesBlocked, managedElsewhere, unacknowledged, unknownReach} {
		if answer := obstacle(in, value); answer != nil {
			answer.CIDR, answer.Collateral = value, collateral
			return *answer
		}
	}
	return Decision{Kind: KindNativeRoutingCIDR, Reason: ReasonConfigured, Message: configuredMessage(in, value) + exposedAlready(in, value), CIDR: value, Collateral: collateral}
}

func notRequired(message string) *Decision {
	return &Decision{Kind: KindNotRequired, Reason: ReasonNotRequired, Message: message}
}

func blocked(reason Reason, message string) *Decision {
	return &Decision{Kind: KindBlocked, Reason: reason, Message: message}
}

// peerBlocks is the union of the IPv4 blocks of all peers. The option, and the
// bug, are IPv4's.
func (in Input) peerBlocks() []netip.Prefix {
	v4, _ := cidr.SplitFamilies(in.allPeerBlocks())
	return cidr.Union(v4)
}

func (in Input) allPeerBlocks() []netip.Prefix {
	var all []netip.Prefix
	for _, peer := range in.Peers {
		all = append(all, peer.Blocks...)
	}
	return all
}

// uncoveredIPv6 lists the peers' IPv6 blocks that pods do not reach by IPv6: no
// option for them is written.
func (in Input) uncoveredIPv6() []netip.Prefix {
	_, v6 := cidr.SplitFamilies(in.allPeerBlocks())
	if in.Facts.IPv6 && !in.Facts.MasqueradeIPv6 {
		return nil
	}
	return slices.Clip(cidr.Difference(v6, []netip.Prefix{in.Facts.NativeIPv6}))
}
