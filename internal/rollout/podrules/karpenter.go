package podrules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// NodePoolLabel is on every node that Karpenter made for a NodePool (pkg/apis/v1/labels.go in sigs.k8s.io/karpenter).
const NodePoolLabel = "karpenter.sh/nodepool"

// NodePoolKind is the version of NodePools that is read and marked.
var NodePoolKind = schema.GroupVersionKind{Group: "karpenter.sh", Version: "v1", Kind: "NodePool"}

// Karpenter is what a cluster has of Karpenter v1; the zero value: nothing.
type Karpenter struct {
	// Pools are by name.
	Pools map[string]*NodePool
	// Claims are by providerID.
	Claims map[string]*NodeClaim
	// Named are the names of the NodeClaims that name an instance, by its id. More than one: it is nobody's.
	Named map[string][]string
	// Denied is true where we may not read them.
	Denied bool
}

// NodeClaim is what we read of a karpenter.sh/v1 NodeClaim.
type NodeClaim struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		// TerminationGracePeriod is after how long Karpenter forces pods out; empty: never.
		TerminationGracePeriod string `json:"terminationGracePeriod"`
	} `json:"spec"`
	Status struct {
		ProviderID string `json:"providerID"`
	} `json:"status"`
}

// Take keeps a NodeClaim. One that is not launched yet is nobody's.
func (k *Karpenter) Take(claim *NodeClaim) {
	if claim.Status.ProviderID == "" {
		return
	}
	k.Claims[claim.Status.ProviderID] = claim
	instance, is := InstanceID(claim.Status.ProviderID)
	if !is {
		return
	}
	if k.Named == nil {
		k.Named = map[string][]string{}
	}
	k.Named[instance] = append(k.Named[instance], claim.Metadata.Name)
	slices.Sort(k.Named[instance])
}

// UsesKarpenter reports whether any node says that Karpenter made it. Without one nobody is asked for NodePools.
func UsesKarpenter(nodes []corev1.Node) bool {
	for i := range nodes {
		if nodes[i].Labels[NodePoolLabel] != "" {
			return true
		}
	}
	return false
}

// Ownership is what Karpenter makes of a node of its own.
type Ownership struct {
	// Unmanaged says why Karpenter would not replace the node; empty when it would.
	Unmanaged string
	// NodePool is whose node it is, and Mark what its template was marked with when the node was made.
	NodePool, Mark string
	// ForcedAfter is after how long Karpenter forces pods out of the node, once it removes it; empty: never.
	ForcedAfter string
}

// OwnerOf says what Karpenter makes of a node: it replaces the node where a NodePool is behind it, a static one too. nil: the node is not Karpenter's.
func (k Karpenter) OwnerOf(node *corev1.Node) *Ownership {
	claim, claimed := k.Claims[node.Spec.ProviderID]
	name := node.Labels[NodePoolLabel]
	if !claimed && name == "" {
		return nil
	}
	pool := k.Pools[name]
	instance, _ := InstanceID(node.Spec.ProviderID)
	switch {
	case k.Denied:
		return &Ownership{Unmanaged: "Karpenter created the node, but crossvpc may not read its NodePools and NodeClaims. Apply config/cluster/role.yaml again."}
	case len(k.Named[instance]) > 1:
		return &Ownership{Unmanaged: fmt.Sprintf("NodeClaims %s all name instance %s, so it counts as nobody's. Delete those that Karpenter did not make.",
			strings.Join(k.Named[instance], ", "), instance)}
	case !claimed:
		return &Ownership{Unmanaged: fmt.Sprintf("The node's label names NodePool %s, but no NodeClaim of karpenter.sh/v1 has its providerID. Replace the node yourself.", name)}
	case name == "":
		return &Ownership{Unmanaged: fmt.Sprintf("The node's NodeClaim %s belongs to no NodePool, so Karpenter never replaces it. Delete the NodeClaim when its pods may move.", claim.Metadata.Name)}
	case pool == nil:
		return &Ownership{Unmanaged: fmt.Sprintf("NodePool %s is gone, so Karpenter does not replace the node for drift. Delete NodeClaim %s when its pods may move.", name, claim.Metadata.Name)}
	default:
		return &Ownership{
			NodePool: name, Mark: claim.Metadata.Annotations[NodePoolAnnotation],
			ForcedAfter: claim.Spec.TerminationGracePeriod, // not the NodePool's, which only new nodes get (docs/facts/rollout.md#karpenter)
		}
	}
}

// Progress is when Karpenter was last seen to make or remove a node of a pool.
func (k Karpenter) Progress(pool string) time.Time {
	var last time.Time
	for _, claim := range k.Claims {
		if claim.Metadata.Labels[NodePoolLabel] != pool {
			continue
		}
		last = later(last, claim.Metadata.CreationTimestamp.Time)
		if claim.Metadata.DeletionTimestamp != nil {
			last = later(last, claim.Metadata.DeletionTimestamp.Time)
		}
	}
	return last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
