package clusterview

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// View is what was read of the cluster in one reconciliation. It is not safe for
// concurrent use before [View.IndexNodes], and only to be read concurrently after it.
type View struct {
	// Install is what Cilium's objects say, and Facts what follows from them.
	Install cilium.Install
	Facts   cilium.Facts
	// Footprint is where the nodes are in AWS, as their CiliumNodes claim.
	Footprint cilium.Footprint
	// NodeConfigVersion is v2 or v2alpha1, whichever is served; empty: neither.
	NodeConfigVersion string
	Nodes             []corev1.Node
	Pods              []corev1.Pod
	Budgets           []policyv1.PodDisruptionBudget
	// Karpenter is empty unless [View.ReadKarpenter] was called.
	Karpenter podrules.Karpenter
	// Storage is empty unless [View.ReadStorage] was called.
	Storage podrules.Storage

	index index
}

// Scope says what to read.
type Scope struct {
	// Namespace of Cilium.
	Namespace string
	// Owner tells our objects from those of others.
	Owner cilium.Owner
	// Pin is where the cluster is known to be.
	Pin cilium.Pin
	// Configured: a value of ours was once in force, so what we set is read also while
	// Cilium's DaemonSet is away for a moment, as when somebody reinstalls it.
	Configured bool
}

// Read reads everything the decisions rest on. A failed read fails the whole: half
// a view would look like things that are gone (A11). Lists come from watches, are
// shared with other reconciliations and trimmed: they are only read here.
func Read(ctx context.Context, kube client.Client, scope Scope) (*View, error) {
	v := &View{Install: cilium.Install{Namespace: scope.Namespace, Owner: scope.Owner}}
	var err error
	if v.Install.DaemonSet, err = daemonSet(ctx, kube, scope.Namespace, cilium.DaemonSetName); err != nil {
		return nil, err
	}
	if v.Install.AWSNode, err = daemonSet(ctx, kube, cilium.AWSNodeNamespace, cilium.AWSNodeName); err != nil {
		return nil, err
	}
	if err := v.ReadNodesAndPods(ctx, kube); err != nil {
		return nil, err
	}
	if err := v.readCilium(ctx, kube, scope); err != nil {
		return nil, err
	}
	v.Facts = cilium.Observe(v.Install)
	return v, nil
}

func daemonSet(ctx context.Context, kube client.Client, namespace, name string) (*appsv1.DaemonSet, error) {
	found := &appsv1.DaemonSet{}
	err := kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, found)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading DaemonSet %s/%s: %w", namespace, name, err)
	}
	return found, nil
}
