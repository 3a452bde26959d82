package cidrgroup

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Request says which groups to have.
type Request struct {
	// Owner is who keeps them: groups of others are not touched.
	Owner cilium.Owner
	// Wanted is false where nobody asked for groups.
	Wanted bool
	// OnlyOwn: of those that an earlier PeeredCluster wrote none is deleted, wanted or not.
	OnlyOwn bool
	// Peers are the peerings, one group each.
	Peers []cilium.Peer
}

// Outcome is what was found and done.
type Outcome struct {
	// Missing: the cluster serves no such kind.
	Missing bool
	// Taken names a group that we need and that belongs to somebody else; empty: none.
	Taken string
	// Unseen: they could not be read.
	Unseen bool
	// Clean: none of ours is left, also of those that an earlier PeeredCluster wrote, and none is wanted.
	Clean bool
}

// Reconcile brings the groups of the owner to what is requested. Where it fails, the
// outcome has what was found before.
func Reconcile(ctx context.Context, kube client.Client, request Request) (Outcome, error) {
	seen, err := read(ctx, kube)
	if err != nil {
		return Outcome{Unseen: true}, err
	}
	if seen.version == "" {
		return Outcome{Missing: true}, nil
	}
	var desired []cilium.CIDRGroup
	if request.Wanted {
		desired = cilium.CIDRGroups(request.Owner, request.Peers)
	}
	changes := cilium.GroupChanges(request.Owner, seen.groups, desired)
	unwanted := len(changes.Delete)
	if request.OnlyOwn {
		changes.Delete = changes.WrittenBy(request.Owner)
	}
	var outcome Outcome
	if len(changes.Taken) > 0 {
		outcome.Taken = changes.Taken[0].Metadata.Name
	}
	if err := write(ctx, kube, seen.version, changes); err != nil {
		return outcome, err
	}
	outcome.Clean = len(desired) == 0 && len(changes.Delete) == unwanted
	return outcome, nil
}

// Written names the PeeredClusters of the owner's installation that the groups in the cluster were written for, one a group. It changes nothing.
func Written(ctx context.Context, kube client.Client, owner cilium.Owner) (names []string, err error) {
	seen, err := read(ctx, kube)
	if err != nil {
		return nil, err
	}
	for _, group := range owner.Groups(seen.groups) {
		names = append(names, group.Metadata.Annotations[cilium.AnnotationPeeredCluster])
	}
	return names, nil
}
