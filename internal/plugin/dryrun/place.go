package dryrun

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// place puts the objects of the files into the hub, each with the status that the live one of its name has: what is made
// already is known by it.
func (r *run) place(ctx context.Context) error {
	for _, namespace := range r.objects.Namespaces {
		r.hub.namespaces[client.ObjectKeyFromObject(namespace)] = namespace
	}
	for _, identity := range r.objects.Identities {
		before := &v1alpha1.AWSIdentity{}
		if err := r.before(ctx, identity, before); err != nil {
			return err
		}
		inherit(identity, before, equality.Semantic.DeepEqual(identity.Spec, before.Spec))
		identity.Status = before.Status
		r.hub.identities[client.ObjectKeyFromObject(identity)] = identity
	}
	for _, cluster := range r.objects.Clusters {
		before := &v1alpha1.PeeredCluster{}
		if err := r.before(ctx, cluster, before); err != nil {
			return err
		}
		inherit(cluster, before, equality.Semantic.DeepEqual(cluster.Spec, before.Spec))
		cluster.Status = before.Status
		r.hub.clusters[client.ObjectKeyFromObject(cluster)] = cluster
	}
	for _, peering := range r.objects.Peerings {
		before := &v1alpha1.VPCPeering{}
		if err := r.before(ctx, peering, before); err != nil {
			return err
		}
		inherit(peering, before, equality.Semantic.DeepEqual(peering.Spec, before.Spec))
		peering.Status = before.Status
		r.hub.peerings[client.ObjectKeyFromObject(peering)] = peering
	}
	return nil
}

// before reads the live object of the same name; without one it stays empty. It is read into an empty object because
// what the answer does not have would otherwise keep what was there.
func (r *run) before(ctx context.Context, named, live client.Object) error {
	err := r.hub.Client.Get(ctx, client.ObjectKeyFromObject(named), live)
	if apierrors.IsNotFound(err) || notServed(err) {
		return nil
	}
	return err
}

// inherit gives an object the identity of the live one, or one of its own.
func inherit(object, before client.Object, sameSpec bool) {
	if before.GetUID() == "" {
		object.SetUID(types.UID("dry-run/" + object.GetNamespace() + "/" + object.GetName()))
		object.SetGeneration(1)
		return
	}
	object.SetUID(before.GetUID())
	object.SetCreationTimestamp(before.GetCreationTimestamp())
	object.SetResourceVersion(before.GetResourceVersion())
	object.SetGeneration(before.GetGeneration())
	if !sameSpec {
		object.SetGeneration(before.GetGeneration() + 1)
	}
}
