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
	// Wanted is false where nobody asked for groups: then all of ours are deleted.
	Wanted bool
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
	// Clean: none of ours is left, and none is wanted.
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
	if request.Wanted {
		changes.Delete = changes.WrittenBy(request.Owner)
	}
	var outcome Outcome
	if len(changes.Taken) > 0 {
		outcome.Taken = changes.Taken[0].Metadata.Name
	}
	if err := write(ctx, kube, seen.version, changes); err != nil {
		return outcome, err
	}
	outcome.Clean = len(desired) == 0
	return outcome, nil
}
