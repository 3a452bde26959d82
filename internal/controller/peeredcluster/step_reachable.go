package peeredcluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// reacher takes the first step: it connects to the cluster, makes sure which one it
// is, and reads it.
type reacher struct {
	connector Connector
	// live reads PeeredClusters past the cache.
	live   client.Reader
	claims *sync.Mutex
	// readOnly: nothing that somebody edited is restored.
	readOnly bool
}

// reach gives the cluster's configuration, to be decided on. Of a cluster that can't
// be read nothing is known, and nothing is done to it (N7).
func (r reacher) reach(ctx context.Context, s *subject, found *findings) (*configuration, error) {
	connection, err := r.connector.Connect(ctx, s.Object)
	if err != nil {
		return nil, s.notReachable(err, found)
	}
	identity, err := connection.Identify(ctx)
	if err != nil {
		return nil, s.notReachable(err, found)
	}
	if found.reachable, err = r.checkIdentity(ctx, s, identity); found.reachable != nil || err != nil {
		return nil, err
	}
	pin := s.pin(connection.VPCID())
	if found.reachable = s.checkPlace(pin); found.reachable != nil {
		return nil, nil
	}
	c, err := read(ctx, s, connection, pin)
	if err != nil {
		return nil, s.notReachable(err, found)
	}
	if !r.readOnly {
		if err := c.restoreEdited(ctx); err != nil {
			return nil, s.orSoon(s.notReachable(connection.Explain(err), found))
		}
	}
	s.noteReached(found, identity, pin, c)
	return c, nil
}

func (s *subject) noteReached(found *findings, identity cluster.Identity, pin cilium.Pin, c *configuration) {
	s.Object.Status.ClusterID, s.Object.Status.KubernetesVersion = identity.ID, identity.Version
	s.reportPlace(pin, c.view.Footprint)
	found.reachable = new(verdict.Newf(verdict.Done, v1alpha1.ReasonReachable, "Kubernetes %s answers.", identity.Version))
}

func read(ctx context.Context, s *subject, connection *cluster.Connection, pin cilium.Pin) (*configuration, error) {
	if err := connection.Current(ctx); err != nil {
		return nil, err
	}
	view, err := clusterview.Read(ctx, connection.Client, clusterview.Scope{
		Namespace: s.Object.Spec.Cilium.Namespace, Owner: s.owner, Pin: pin, Configured: len(s.ciliumStatus().History) > 0,
	})
	if err != nil {
		return nil, connection.Explain(err)
	}
	return &configuration{valueHistory: valueHistory{subject: s, view: view}, connection: connection}, nil
}

// notReachable: what was known of configuration and nodes is not known any more.
func (s *subject) notReachable(err error, found *findings) error {
	if errors.Is(err, cilium.ErrSeveralVPCs) {
		found.reachable = new(verdict.New(verdict.Stalled, v1alpha1.ReasonSeveralVPCs, "A PeeredCluster must be in one VPC, but "+err.Error()+"."))
		return nil
	}
	if errors.Is(err, cilium.ErrSeveralRegions) {
		found.reachable = new(verdict.New(verdict.Stalled, v1alpha1.ReasonSeveralVPCs, "A PeeredCluster must be in one region, but "+err.Error()+". Correct the CiliumNodes, or set spec.region."))
		return nil
	}
	known, ok := errors.AsType[*cluster.Error](err)
	if !ok {
		return err
	}
	s.Within(cmp.Or(known.After, afterUnreachable))
	progress := verdict.Stalled
	if known.Passing {
		progress = verdict.Wait
	}
	unread := verdict.New(verdict.Unclear, known.Reason, "The cluster cannot be read; nothing is changed in it until it can.")
	*found = findings{reachable: new(verdict.New(progress, known.Reason, known.Message)), configured: configured{unread: &unread}, nodes: &unread}
	return nil
}

// checkIdentity refuses a cluster that another PeeredCluster has already, and an
// access that suddenly leads elsewhere.
func (r reacher) checkIdentity(ctx context.Context, s *subject, identity cluster.Identity) (refused *verdict.Verdict, err error) {
	switch was := s.Object.Status.ClusterID; was {
	case identity.ID:
		return nil, nil
	case "":
		return r.claim(ctx, s, identity)
	default:
		return new(verdict.Newf(verdict.Stalled, v1alpha1.ReasonClusterChanged,
			"The access leads to the cluster with kube-system UID %s, but this PeeredCluster belongs to the one with UID %s. Correct the access, or create another PeeredCluster.", identity.ID, was)), nil
	}
}

// claim takes a cluster that no other PeeredCluster has. Of two that are made at
// once the second must see the first's claim, so it is in the API server before
// another is looked at.
func (r reacher) claim(ctx context.Context, s *subject, identity cluster.Identity) (refused *verdict.Verdict, err error) {
	r.claims.Lock()
	defer r.claims.Unlock()
	var all v1alpha1.PeeredClusterList
	if err := r.live.List(ctx, &all); err != nil {
		return nil, fmt.Errorf("listing PeeredClusters: %w", err)
	}
	for i := range all.Items {
		if other := &all.Items[i]; other.UID != s.Object.UID && other.Status.ClusterID == identity.ID {
			return duplicateOf(other), nil
		}
	}
	s.Object.Status.ClusterID = identity.ID
	return nil, s.Persist(ctx)
}

// duplicateOf is said of a PeeredCluster of a cluster that another one has.
func duplicateOf(other *v1alpha1.PeeredCluster) *verdict.Verdict {
	return new(verdict.Newf(verdict.Stalled, v1alpha1.ReasonDuplicateCluster,
		"PeeredCluster %s already manages this cluster (kube-system UID %s). Keep the one that VPCPeerings name, and delete the other.", other.Name, other.Status.ClusterID))
}
