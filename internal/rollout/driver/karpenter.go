package driver

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// What Karpenter calls things (pkg/apis/v1/labels.go and taints.go in sigs.k8s.io/karpenter).
const (
	// NodePoolLabel is on every node that Karpenter made for a NodePool.
	NodePoolLabel  = "karpenter.sh/nodepool"
	disruptedTaint = "karpenter.sh/disrupted"
)

var nodePoolKind = schema.GroupVersionKind{Group: "karpenter.sh", Version: "v1", Kind: "NodePool"}

// Karpenter is what a cluster has of Karpenter v1; the zero value: nothing.
type Karpenter struct {
	pools map[string]*NodePool
	// claims are by providerID.
	claims map[string]*nodeClaim
	// denied: we may not read them.
	denied bool
}

// nodeClaim is what we read of a karpenter.sh/v1 NodeClaim.
type nodeClaim struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Status   struct {
		ProviderID string `json:"providerID"`
	} `json:"status"`
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

// ReadKarpenter reads the NodePools and NodeClaims. A cluster that does not serve version 1 has none.
func ReadKarpenter(ctx context.Context, kube client.Client) (Karpenter, error) {
	k := Karpenter{pools: map[string]*NodePool{}, claims: map[string]*nodeClaim{}}
	err := each(ctx, kube, "NodePool", func(pool *NodePool) { k.pools[pool.Metadata.Name] = pool })
	if err == nil {
		err = each(ctx, kube, "NodeClaim", func(claim *nodeClaim) { k.claims[claim.Status.ProviderID] = claim })
	}
	if apierrors.IsForbidden(err) { // rights from before there was anything to do here
		return Karpenter{denied: true}, nil
	}
	delete(k.claims, "") // not launched yet
	return k, err
}

func each[T any](ctx context.Context, kube client.Client, kind string, take func(*T)) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(nodePoolKind.GroupVersion().WithKind(kind + "List"))
	err := kube.List(ctx, list)
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing %ss of Karpenter: %w", kind, err)
	}
	for i := range list.Items {
		item := new(T)
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, item); err != nil {
			return fmt.Errorf("reading %s %s of Karpenter: %w", kind, list.Items[i].GetName(), err)
		}
		take(item)
	}
	return nil
}

// Pools are the NodePools by name.
func (k Karpenter) Pools() map[string]*NodePool { return k.pools }

// View fills in what Karpenter makes of a node: it replaces the node where a NodePool that scales by itself is behind
// it. It reports whether the node is Karpenter's at all.
func (k Karpenter) View(node *corev1.Node, view *rollout.Node) bool {
	claim, claimed := k.claims[node.Spec.ProviderID]
	name := node.Labels[NodePoolLabel]
	if !claimed && name == "" {
		return false
	}
	pool := k.pools[name]
	switch {
	case k.denied:
		view.DriverReason = "Karpenter made it, and crossvpc may not read its NodePools and NodeClaims: apply config/cluster/role.yaml anew"
	case !claimed:
		view.DriverReason = fmt.Sprintf("its label says NodePool %s, but no NodeClaim of karpenter.sh/v1 has its providerID: replace it by hand", name)
	case name == "":
		view.DriverReason = fmt.Sprintf("its NodeClaim %s belongs to no NodePool, so Karpenter never replaces it: delete the NodeClaim when its pods may move", claim.Metadata.Name)
	case pool == nil:
		view.DriverReason = fmt.Sprintf("NodePool %s is gone, so Karpenter does not replace it for drift: delete NodeClaim %s when its pods may move", name, claim.Metadata.Name)
	case pool.Spec.Replicas != nil:
		view.DriverReason = fmt.Sprintf("NodePool %s has a fixed number of replicas (alpha in Karpenter): delete NodeClaim %s when its pods may move", name, claim.Metadata.Name)
	default:
		view.Driver, view.NodePool, view.Mark = rollout.DriverNodePool, name, claim.Metadata.Annotations[rollout.NodePoolAnnotation]
	}
	return true
}

// Disrupted reports whether Karpenter has begun to remove the node: its taint keeps pods off, like a cordon.
func Disrupted(node *corev1.Node) bool {
	for _, taint := range node.Spec.Taints {
		if taint.Key == disruptedTaint {
			return true
		}
	}
	return false
}

// Progress is when Karpenter was last seen to make or remove a node of a pool.
func (k Karpenter) Progress(pool string) time.Time {
	var last time.Time
	for _, claim := range k.claims {
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
