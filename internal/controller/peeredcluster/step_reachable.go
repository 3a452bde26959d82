package peeredcluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// unreachableRetry is when to try a cluster again that does not answer.
const unreachableRetry = 15 * time.Second

// reach connects to the cluster, makes sure which one it is, and reads it. Of a
// cluster that can't be read nothing is known, and nothing is done to it (N7).
func (p *pass) reach(ctx context.Context) error {
	connection, err := p.Connector.Connect(ctx, p.object)
	if err != nil {
		return p.notReachable(err)
	}
	p.connection = connection
	identity, err := connection.Identify(ctx)
	if err != nil {
		return p.notReachable(err)
	}
	if refused, err := p.checkIdentity(ctx, identity); refused || err != nil {
		return err
	}
	if err := connection.Current(ctx); err != nil {
		return p.notReachable(err)
	}
	seen, err := clusterview.Read(ctx, connection.Client, clusterview.Scope{
		Namespace: p.object.Spec.Cilium.Namespace, Owner: p.owner(), Configured: len(p.ciliumStatus().History) > 0,
	})
	if err != nil {
		return p.notReachable(connection.Explain(err))
	}
	p.observed = seen
	if err := p.restoreEdited(ctx); err != nil {
		return p.orSoon(p.notReachable(connection.Explain(err)))
	}
	p.object.Status.ClusterID, p.object.Status.KubernetesVersion = identity.ID, identity.Version
	p.conditions.Set(v1alpha1.ConditionReachable, conditions.Done, v1alpha1.ReasonReachable,
		fmt.Sprintf("Kubernetes %s answers", identity.Version))
	p.reportPlace()
	return nil
}

// notReachable: what was known of configuration and nodes is not known any more.
func (p *pass) notReachable(err error) error {
	known, ok := errors.AsType[*cluster.Error](err)
	if !ok {
		if errors.Is(err, cilium.ErrSeveralVPCs) {
			p.conditions.Set(v1alpha1.ConditionReachable, conditions.Stalled, v1alpha1.ReasonSeveralVPCs, err.Error()+"; a PeeredCluster must be in one VPC")
			return nil
		}
		return err
	}
	p.comeAgain(unreachableRetry)
	progress := conditions.Stalled
	if known.Passing {
		progress = conditions.Wait
	}
	p.conditions.Set(v1alpha1.ConditionReachable, progress, known.Reason, known.Message)
	unread := verdict.New(verdict.Unclear, known.Reason, "the cluster can't be read; nothing is done to it until it can")
	p.configured.unread = &unread
	p.conditions.Judge(v1alpha1.ConditionNodesUpToDate, unread)
	return nil
}

// checkIdentity refuses a cluster that another PeeredCluster has already, and an
// access that suddenly leads elsewhere.
func (p *pass) checkIdentity(ctx context.Context, identity cluster.Identity) (bool, error) {
	if was := p.object.Status.ClusterID; was != "" && was != identity.ID {
		p.conditions.Set(v1alpha1.ConditionReachable, conditions.Stalled, v1alpha1.ReasonClusterChanged, fmt.Sprintf(
			"the access leads to the cluster with kube-system UID %s, but this PeeredCluster is of %s: correct the access, or create another PeeredCluster", identity.ID, was))
		return true, nil
	}
	if p.object.Status.ClusterID != "" {
		return false, nil
	}
	return p.claim(ctx, identity)
}

// claim takes a cluster that no other PeeredCluster has. Of two that are made at
// once the second must see the first's claim, so it is in the API server before
// another is looked at.
func (p *pass) claim(ctx context.Context, identity cluster.Identity) (bool, error) {
	p.claims.Lock()
	defer p.claims.Unlock()
	var all v1alpha1.PeeredClusterList
	if err := p.Live.List(ctx, &all); err != nil {
		return false, fmt.Errorf("listing PeeredClusters: %w", err)
	}
	for i := range all.Items {
		if other := &all.Items[i]; other.UID != p.object.UID && other.Status.ClusterID == identity.ID {
			p.conditions.Set(v1alpha1.ConditionReachable, conditions.Stalled, v1alpha1.ReasonDuplicateCluster, fmt.Sprintf(
				"PeeredCluster %s is this cluster already (kube-system UID %s): use that one, and delete this", other.Name, identity.ID))
			return true, nil
		}
	}
	p.object.Status.ClusterID = identity.ID
	return false, p.persist(ctx)
}
