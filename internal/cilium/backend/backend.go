package backend

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Ways for a value to get to the agents, as status.cilium.backend shows them.
const (
	CiliumNodeConfig = "CiliumNodeConfig"
	ConfigMap        = "ConfigMap"
	Manual           = "Manual"
	IPMasqAgent      = "IPMasqAgent"
	AWSNode          = "AWSNode"
)

// ErrTaken means that an object with a name of ours belongs to somebody else (C4).
var ErrTaken = errors.New("belongs to somebody else: rename or remove it")

// Backend is one way to write.
type Backend interface {
	// Name is what status.cilium.backend shows.
	Name() string
	// Ours reports whether something that we wrote is there.
	Ours() bool
	// CanHoldBack reports whether the backend can write a value for some nodes only, so
	// that it reaches just those of the selection (C6).
	CanHoldBack() bool
	// Write sets what agents read when they start.
	Write(ctx context.Context, wanted Wanted) error
	// Withdraw removes all that we wrote, and nothing else.
	Withdraw(ctx context.Context) error
	// TakenBackBy names who reverted what we wrote; empty: nobody did.
	TakenBackBy(was Memory) string
}

// List is a backend that writes a list of blocks. It reaches every node by itself, so
// there is no rollout of ours.
type List interface {
	Backend
	// Has reports whether the list is there, and ours.
	Has(list []netip.Prefix) bool
	// Spreads says what carries the list to the nodes after a write.
	Spreads() Spread
}

// Spread is how a list that is written reaches the nodes.
type Spread struct {
	// How is a sentence with a space after it; empty: at once.
	How string
	// Busy: it has not reached every node.
	Busy bool
	// ByHand: it reaches no further node without a person.
	ByHand bool
}

// Wanted is what to write.
type Wanted struct {
	// Value is the native routing CIDR; the zero prefix: none of ours.
	Value netip.Prefix
	// Selection is which nodes the value reaches, where the backend can hold it back.
	Selection cilium.Selection
	// List is written in place of a value by a [List].
	List []netip.Prefix
	// Now is the time of the write.
	Now time.Time
}

// Memory is what status remembers of what was written.
type Memory struct {
	// Desired is the value that was wanted, InForce the one that agents were told
	// last, and Source the object that they had it from.
	Desired, InForce, Source string
	// ToConfigMap: the owner of the cluster still wants it in the ConfigMap.
	ToConfigMap bool
	// Configured: what was decided was seen in place, or on its way.
	Configured bool
	// TakenBack: somebody reverted it, and nobody asked for another attempt since.
	TakenBack bool
	// Written is when a value was written last; zero: not known.
	Written time.Time
}
