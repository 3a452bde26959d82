package firstrun

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/message"
)

// inventory is all that the hub has of our kinds, whoever made it.
type inventory struct {
	identities v1alpha1.AWSIdentityList
	clusters   v1alpha1.PeeredClusterList
	peerings   v1alpha1.VPCPeeringList
}

func (r *run) inventory(ctx context.Context) (inventory, error) {
	all := inventory{}
	for _, list := range []client.ObjectList{&all.identities, &all.clusters, &all.peerings} {
		if err := r.hub.kube.List(ctx, list); ignoreMissing(err) != nil {
			return inventory{}, fmt.Errorf("reading the objects in cluster %s: %w", r.hub.Cluster, err)
		}
	}
	return all, nil
}

// names are those of all objects.
func (i inventory) names() []string {
	var names []string
	for _, o := range i.identities.Items {
		names = append(names, theIdentity(o.Name).String())
	}
	for _, o := range i.clusters.Items {
		names = append(names, theCluster(o.Name).String())
	}
	for _, o := range i.peerings.Items {
		names = append(names, thePeering(o.Namespace, o.Name).String())
	}
	return names
}

// besidesFirst are the names of all but the operator's first objects.
func (i inventory) besidesFirst() []string {
	return slices.DeleteFunc(i.names(), func(name string) bool {
		return name == theIdentity(v1alpha1.DefaultName).String() || name == theCluster(bootstrap.LocalCluster).String()
	})
}

// usersOf are the names of what rests on an AWSIdentity or a PeeredCluster that the run made. The hub's PeeredCluster is not one: who
// uses it with the spec that it had before keeps it; who acts through our identity since has that in status.
func (i inventory) usersOf(identities []string, madeCluster string) []string {
	ours := func(ref *v1alpha1.LocalName) bool { return ref != nil && slices.Contains(identities, ref.Name) }
	var names []string
	for _, o := range i.clusters.Items {
		if o.Name != madeCluster && o.Name != bootstrap.LocalCluster && ours(o.Spec.IdentityRef) {
			names = append(names, theCluster(o.Name).String())
		}
	}
	for _, o := range i.peerings.Items {
		uses := func(spec v1alpha1.VPCPeeringSide, status *v1alpha1.SideStatus) bool {
			return ours(spec.IdentityRef) || ours(spec.SecurityGroups.IdentityRef) || status != nil && slices.Contains(identities, status.Identity) ||
				slices.Contains(spec.ClusterRefs, v1alpha1.LocalName{Name: madeCluster})
		}
		if uses(o.Spec.Requester, o.Status.Requester) || uses(o.Spec.Accepter, o.Status.Accepter) {
			names = append(names, thePeering(o.Namespace, o.Name).String())
		}
	}
	return names
}

// peeringsIn are the names of the VPCPeerings of a namespace.
func (i inventory) peeringsIn(namespace string) []string {
	var names []string
	for _, o := range i.peerings.Items {
		if o.Namespace == namespace {
			names = append(names, thePeering(o.Namespace, o.Name).String())
		}
	}
	return names
}

// unless is the first command of an undo: it stops where others need what the next ones take away. It looks after the question,
// for others go on while a person thinks.
func (r *run) unless(what string, needing func(inventory) []string) command {
	return command{shown: "# stop where objects of others need " + what, do: func(ctx context.Context) error {
		all, err := r.inventory(ctx)
		if err != nil {
			return err
		}
		others := needing(all)
		if len(others) == 0 {
			return nil
		}
		return fmt.Errorf("%s %s %s, and %s not of this run, so %s stays. Ask whose they are; when they are deleted, go on with make first-run UNDO=all. To leave it to them, delete the record %s",
			message.List(others), message.Verb(len(others), "needs", "need"), what, message.Verb(len(others), "is", "are"), what, r.Record)
	}}
}

// beforeInstall refuses a cluster with objects of an earlier install: a fresh operator would act on them, and the undo takes their CRDs away.
func (r *run) beforeInstall(ctx context.Context) error {
	all, err := r.inventory(ctx)
	if err != nil {
		return err
	}
	if names := all.names(); len(names) > 0 {
		return fmt.Errorf("cluster %s has no operator, and has %s of an earlier one: delete them, or install crossvpc by hand (docs/install.md), and run this again", r.hub.Cluster, message.List(names))
	}
	return nil
}
